package entra

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRefusalsOfThePlatform(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for _, row := range []struct {
		name     string
		clientID string
		status   int
		header   http.Header
		body     string
		want     string
		hint     string
		class    class
	}{
		{"no system-assigned identity", "", 400, nil, `{"error":"invalid_request","error_description":"Identity not found"}`, "invalid_request: Identity not found", "turn on System assigned", permanent},
		{"several user-assigned", "", 400, nil, `{"error":"invalid_request","error_description":"Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the query string"}`, "Multiple user assigned", "managed_identity = { client_id", permanent},
		{"unknown user-assigned identity", assignedID, 400, nil, `{"error":"invalid_request","error_description":"Identity not found"}`, "Identity not found", assignedID, permanent},
		{"in App Service's words", assignedID, 400, nil, `{"StatusCode":400,"Message":"No User Assigned or Delegated Managed Identity found for specified ClientId","CorrelationId":"x"}`, "No User Assigned or Delegated", assignedID, permanent},
		{"in Service Fabric's words", "", 400, nil, `{"error":{"correlationId":"x","code":"ManagedIdentityNotFound","message":"none"}}`, "ManagedIdentityNotFound: none", "System assigned", permanent},
		{"unknown API", "", 400, nil, `{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal was not found.\r\nTrace ID: 1"}`, "AADSTS500011 (invalid_resource): The resource principal", "the API is not there in tenant of the identity", permanent},
		{"no endpoint of that name", "", 404, html, "<html>Not found</html>", "404 with an HTML page", "not in Azure or has no managed identity", permanent},
		{"endpoint being updated", "", 410, nil, "", "410 with nothing", "wait a moment", transient},
		{"too many requests", "", 429, http.Header{"Retry-After": {"15"}}, `{"error":"too_many_requests"}`, "too_many_requests", "wait a moment", transient},
		{"broken inside", "", 500, nil, `{"error":"internal_error","error_description":"unknown"}`, "internal_error: unknown", "wait a moment", transient},
		{"gateway page", "", 502, html, "<html>", "502 with an HTML page", "wait a moment", transient},
		{"sign-in page", "", 200, html, "<html>", "200 with an HTML page", "not in Azure or has no managed identity", permanent},
		{"nothing", "", 200, nil, "", "200 with nothing", "not in Azure", permanent},
		{"no token in it", "", 200, nil, `{"expires_in":"3600"}`, "JSON without an access_token", "not in Azure", permanent},
		{"no time in it", "", 200, nil, `{"access_token":"secret-token-of-ours"}`, "lacks a proper access_token or expires_in", "not in Azure", permanent},
		{"expired", "", 200, nil, `{"access_token":"secret-token-of-ours","expires_on":"1000"}`, "identity endpoint at 127.0.0.1", "clock", permanent},
		{"two lines", "", 200, nil, `{"access_token":"secret-token-of-ours\r\nHost: x","expires_in":"3600"}`, "no header can carry", "not in Azure", permanent},
		{"redirect", "", 302, http.Header{"Location": {"http://elsewhere.example/"}}, "", "a redirect to elsewhere.example", "not in Azure", permanent},
		{"forbidden", "", 403, nil, "", "403", "not in Azure", permanent},
		{"too large", "", 200, nil, strings.Repeat("a", maxBody+1), "more than 1048576 bytes", "not in Azure", permanent},
		{"repeats what opens it", "", 400, nil, `{"error":"invalid_request","error_description":"` + strings.Repeat("x", maxMessage-9) + identityHeader + `"}`, "invalid_request", "System assigned", permanent},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, e := appService(t, row.clientID)
			e.answerWith(row.status, row.header, row.body)
			err := m.fail()
			if !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Hint(), row.hint) || err.class != row.class {
				t.Errorf("got %v, hint %q, class %d; want %q, %q, %d", err, err.Hint(), err.class, row.want, row.hint, row.class)
			}
			if text := err.Error() + err.Hint(); strings.ContainsAny(text, "\r\n") || strings.Contains(text, "secret-token") || strings.Contains(text, "opens-") || strings.Contains(err.Hint(), "{portal}") {
				t.Errorf("got %q", text)
			}
			want := 1
			if row.class == transient && row.status != 429 {
				want = 1 + maxRetries
			}
			e.wantRequests(t, want)
			m.fail()
			e.wantRequests(t, want)
		})
	}
}

func TestPassingTroubleOfThePlatform(t *testing.T) {
	m, e := appService(t, "")
	e.answer = func(w http.ResponseWriter, _ *http.Request) {
		switch len(e.requests()) {
		case 1:
			w.WriteHeader(http.StatusGone)
		case 2:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			e.give(w, accessToken(1), 24*time.Hour)
		}
	}
	m.get(Request{})
	if diff := cmp.Diff([]time.Duration{500 * time.Millisecond, 7 * time.Second}, m.waits.got); diff != "" {
		t.Errorf("waited (-want +got):\n%s", diff)
	}
}

// Where there is no Azure, nothing may answer at all, and nobody should wait for it long.
func TestNoAzureHere(t *testing.T) {
	on(t, nil)
	t.Run("silence", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			dials := 0
			m := newMachine(t, "", func(ctx context.Context, _, _ string) (net.Conn, error) {
				dials++
				<-ctx.Done()
				return nil, ctx.Err()
			})
			start := time.Now()
			err := m.fail()
			m.wantNoAzure(err)
			if took := time.Since(start); took != connectTimeout || dials != 1 {
				t.Errorf("took %v and %d attempts, want %v and one", took, dials, connectTimeout)
			}
			m.fail()
			if dials != 1 {
				t.Error("asked again at once")
			}
		})
	})
	t.Run("refusal", func(t *testing.T) {
		m := newMachine(t, "", func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route to host") })
		m.wantNoAzure(m.fail())
	})
	t.Run("leaving", func(t *testing.T) {
		arrived := make(chan struct{})
		m := newMachine(t, "", func(ctx context.Context, _, _ string) (net.Conn, error) {
			close(arrived)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		go func() { <-arrived; _ = m.Close(context.Background()) }()
		if err := m.fail(); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "given up") {
			t.Errorf("got %v", err)
		}
	})
}

func (m *machine) wantNoAzure(err *Error) {
	m.t.Helper()
	if !strings.Contains(err.Error(), "169.254.169.254") || !strings.Contains(err.Error(), "this machine is not in Azure or has no managed identity") ||
		!strings.Contains(err.Hint(), "give profile contoso another credential") || len(m.waits.got) > 0 {
		m.t.Errorf("got %v, hint %q, waited %v", err, err.Hint(), m.waits.got)
	}
}
