package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// answering is a far side that answers as it is told.
type answering func(*graph.Request) (*graph.Response, error)

func (a answering) Do(_ context.Context, r *graph.Request) (*graph.Response, error) { return a(r) }

// secret is what must not get into the log.
const secret = "mail-text-nobody-may-read"

// another is a call that no test makes.
var another = [][32]byte{{1}}

var ada = policy.By{RequestID: "door-1", Principal: "build-agent", Profile: "contoso", Tool: "microsoft_graph",
	Who: func() (string, string) { return "contoso.example", "ada@contoso.example" }}

// keep makes a call through a guard and returns what the log has of it. Where by has agreed to something, they agree to
// this call, too.
func keep(t *testing.T, far graph.Caller, rules policy.Rules, by policy.By, call, body string) ([]policy.Entry, error) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	request, err := endpoints(t).NewRequest(graph.Params{Method: method, Path: path, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	log := &book{}
	if by.Agreed != nil {
		_, err := policy.Guard(far, mustPolicy(t, rules), log, by).Do(t.Context(), request)
		by, log = agreeing(by, err), &book{}
	}
	_, err = policy.Guard(far, mustPolicy(t, rules), log, by).Do(t.Context(), request)
	if text, _ := json.Marshal(log.lines); strings.Contains(string(text), secret) {
		t.Errorf("%s: the log holds what was sent or asked: %s", call, text)
	}
	return log.lines, err
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	rules := policy.Rules{ReadWrite: true, Deny: []string{"* /auditLogs/**"}, Confirm: []string{"DELETE /**", "GET /me/photo"}}
	sent := answering(func(r *graph.Request) (*graph.Response, error) {
		return &graph.Response{Status: 202, Header: http.Header{"Request-Id": {"r1"}, "Client-Request-Id": {"c1"}}, Body: []byte(`{"id":"` + secret + `"}`)}, nil
	})
	refused := answering(func(*graph.Request) (*graph.Response, error) {
		return nil, &graph.Error{Status: 403, Code: "Authorization_RequestDenied", Message: secret, RequestID: "r2", ClientRequestID: "c2"}
	})
	silent := answering(func(*graph.Request) (*graph.Response, error) {
		return nil, &graph.TransportError{Host: "graph.microsoft.com", Err: errors.New(secret)}
	})
	late := answering(func(*graph.Request) (*graph.Response, error) { return nil, context.DeadlineExceeded })
	confirmed, byToken := ada, ada
	confirmed.Agreed, byToken.Agreed, byToken.Token = another, another, true
	const batch = `{"requests":[{"id":"1","method":"GET","url":"/me?$filter=` + secret + `"},{"id":"2","method":"PATCH","url":"/users/Ada?x=` + secret + `","body":{"a":"` + secret + `"}},{"id":"3","method":"POST","url":"/me/sendMail","body":{}},{"id":"4","method":"DELETE","url":"/me/messages/4"}]}`
	answers := answering(func(*graph.Request) (*graph.Response, error) {
		return &graph.Response{Status: 200, Header: http.Header{"Request-Id": {"r3"}}, Body: []byte(`{"responses":[{"id":"2","status":404,"headers":{"request-id":"r4"},"body":{"error":{"code":"ErrorItemNotFound","message":"` + secret + `"}}},{"id":"1","status":200},{"id":"3","status":202,"body":"text"}]}`)}, nil
	})
	for _, tt := range []struct {
		name       string
		far        graph.Caller
		by         policy.By
		call, body string
		want       []policy.Entry
	}{
		{"a read", sent, ada, "GET /me/messages?$search=" + secret, "", nil},
		{"a POST that reads", sent, ada, "POST /search/query", `{"q":"` + secret + `"}`, nil},
		{"a write", sent, ada, "POST /Users/Ada@Contoso.example/sendMail?x=" + secret, `{"m":"` + secret + `"}`, []policy.Entry{
			{Verdict: "allowed", Stage: "sending", Rule: "access: read-write", Version: "v1.0", Method: "POST", Path: "/users/ada@contoso.example/sendmail", Sent: "/Users/Ada@Contoso.example/sendMail"},
			{Verdict: "allowed", Stage: "done", Rule: "access: read-write", Version: "v1.0", Method: "POST", Path: "/users/ada@contoso.example/sendmail", Sent: "/Users/Ada@Contoso.example/sendMail", Status: 202, GraphRequestID: "r1", ClientRequestID: "c1"},
		}},
		{"a write that Graph refuses", refused, ada, "PATCH /beta/me", `{}`, []policy.Entry{
			{Verdict: "allowed", Stage: "sending", Rule: "access: read-write", Version: "beta", Method: "PATCH", Path: "/me"},
			{Verdict: "allowed", Stage: "done", Rule: "access: read-write", Version: "beta", Method: "PATCH", Path: "/me", Status: 403, Code: "Authorization_RequestDenied", GraphRequestID: "r2", ClientRequestID: "c2"},
		}},
		{"a write without an answer", silent, ada, "PATCH /me", `{}`, []policy.Entry{
			{Verdict: "allowed", Stage: "sending", Rule: "access: read-write", Version: "v1.0", Method: "PATCH", Path: "/me"},
			{Verdict: "allowed", Stage: "done", Rule: "access: read-write", Version: "v1.0", Method: "PATCH", Path: "/me", Code: "no answer"},
		}},
		{"a write that takes too long", late, ada, "PATCH /me", `{}`, []policy.Entry{
			{Verdict: "allowed", Stage: "sending", Rule: "access: read-write", Version: "v1.0", Method: "PATCH", Path: "/me"},
			{Verdict: "allowed", Stage: "done", Rule: "access: read-write", Version: "v1.0", Method: "PATCH", Path: "/me", Code: "timed out"},
		}},
		{"a refusal", sent, ada, "GET /auditLogs/signIns?$filter=" + secret, "", []policy.Entry{
			{Verdict: "denied", Rule: "deny: * /auditLogs/**", Version: "v1.0", Method: "GET", Path: "/auditlogs/signins", Sent: "/auditLogs/signIns"},
		}},
		{"a refusal by $expand", sent, ada, "GET /x?$expand=" + secret + "(", "", []policy.Entry{
			{Verdict: "denied", Rule: "unreadable $expand", Version: "v1.0", Method: "GET", Path: "/x"},
		}},
		{"a question", sent, ada, "DELETE /users/1?x=" + secret, "", []policy.Entry{
			{Verdict: "unconfirmed", Rule: "confirm: DELETE /**", Version: "v1.0", Method: "DELETE", Path: "/users/1"},
		}},
		{"an agreement", sent, confirmed, "DELETE /users/1", "", []policy.Entry{
			{Verdict: "confirmed", Agreed: "person", Stage: "sending", Rule: "confirm: DELETE /**", Version: "v1.0", Method: "DELETE", Path: "/users/1"},
			{Verdict: "confirmed", Agreed: "person", Stage: "done", Rule: "confirm: DELETE /**", Version: "v1.0", Method: "DELETE", Path: "/users/1", Status: 202, GraphRequestID: "r1", ClientRequestID: "c1"},
		}},
		{"an agreement by token", refused, byToken, "DELETE /users/1", "", []policy.Entry{
			{Verdict: "confirmed", Agreed: "token", Stage: "sending", Rule: "confirm: DELETE /**", Version: "v1.0", Method: "DELETE", Path: "/users/1"},
			{Verdict: "confirmed", Agreed: "token", Stage: "done", Rule: "confirm: DELETE /**", Version: "v1.0", Method: "DELETE", Path: "/users/1", Status: 403, Code: "Authorization_RequestDenied", GraphRequestID: "r2", ClientRequestID: "c2"},
		}},
		{"an agreement to a read", sent, confirmed, "GET /me/photo?x=" + secret, "", []policy.Entry{
			{Verdict: "confirmed", Agreed: "person", Stage: "sending", Rule: "confirm: GET /me/photo", Version: "v1.0", Method: "GET", Path: "/me/photo"},
			{Verdict: "confirmed", Agreed: "person", Stage: "done", Rule: "confirm: GET /me/photo", Version: "v1.0", Method: "GET", Path: "/me/photo", Status: 202, GraphRequestID: "r1", ClientRequestID: "c1"},
		}},
		{"a read beside an agreement", sent, confirmed, "GET /me", "", nil},
		{"an agreement to a batch of reads", answers, confirmed, "POST /beta/$batch", `{"requests":[{"id":"1","method":"GET","url":"/me"}]}`, nil},
		{"a batch", answers, byToken, "POST /$batch", batch, []policy.Entry{
			{Verdict: "allowed", Stage: "sending", Rule: "access: read-write", Item: "2", Version: "v1.0", Method: "PATCH", Path: "/users/ada", Sent: "/users/Ada"},
			{Verdict: "allowed", Stage: "sending", Rule: "access: read-write", Item: "3", Version: "v1.0", Method: "POST", Path: "/me/sendmail", Sent: "/me/sendMail"},
			{Verdict: "confirmed", Agreed: "token", Stage: "sending", Rule: "confirm: DELETE /**", Item: "4", Version: "v1.0", Method: "DELETE", Path: "/me/messages/4"},
			{Verdict: "allowed", Stage: "done", Rule: "access: read-write", Item: "2", Version: "v1.0", Method: "PATCH", Path: "/users/ada", Sent: "/users/Ada", Status: 404, Code: "ErrorItemNotFound", GraphRequestID: "r4"},
			{Verdict: "allowed", Stage: "done", Rule: "access: read-write", Item: "3", Version: "v1.0", Method: "POST", Path: "/me/sendmail", Sent: "/me/sendMail", Status: 202, GraphRequestID: "r3"},
			{Verdict: "confirmed", Agreed: "token", Stage: "done", Rule: "confirm: DELETE /**", Item: "4", Version: "v1.0", Method: "DELETE", Path: "/me/messages/4", Code: "no answer", GraphRequestID: "r3"},
		}},
		{"a batch to be agreed to", answers, ada, "POST /$batch", batch, []policy.Entry{
			{Verdict: "unconfirmed", Rule: "confirm: DELETE /**", Version: "v1.0", Method: "DELETE", Path: "/me/messages/4"},
		}},
		{"a batch with something denied", answers, ada, "POST /$batch", `{"requests":[{"id":"1","method":"GET","url":"/auditLogs/x?q=` + secret + `"}]}`, []policy.Entry{
			{Verdict: "denied", Rule: "deny: * /auditLogs/**", Version: "v1.0", Method: "GET", Path: "/auditlogs/x", Sent: "/auditLogs/x"},
		}},
		{"a batch that cannot be read", answers, ada, "POST /$batch", secret, []policy.Entry{
			{Verdict: "denied", Rule: "not a call that can be judged", Version: "v1.0", Method: "POST", Path: "/$batch"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _ := keep(t, tt.far, rules, tt.by, tt.call, tt.body)
			for i := range tt.want {
				w := &tt.want[i]
				w.RequestID, w.Principal, w.Profile, w.Tool, w.Tenant, w.Account, w.API = "door-1", "build-agent", "contoso", "microsoft_graph", "contoso.example", "ada@contoso.example", "graph"
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(policy.Entry{}, "Call", "Took")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, line := range got {
				if line.Call == "" || line.Call != got[0].Call {
					t.Errorf("the lines are not of one call: %q and %q", got[0].Call, line.Call)
				}
			}
		})
	}
}

// What cannot be recorded is not sent; reading goes on.
func TestNoLogNoChange(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Deny: []string{"GET /auditLogs"}})
	for name, log := range map[string]policy.Recorder{"none": nil, "full": &book{fault: errors.New("no space left on device")}} {
		far := &recorder{}
		guard := policy.Guard(far, p, log, policy.By{})
		do := func(method, path string) error {
			request, err := endpoints(t).NewRequest(graph.Params{Method: method, Path: path, Body: []byte(`{"requests":[{"id":"1","method":"DELETE","url":"/me"}]}`)})
			if err != nil {
				t.Fatal(err)
			}
			_, err = guard.Do(t.Context(), request)
			return err
		}
		var unrecorded *policy.AuditError
		for _, call := range []string{"DELETE /users/1", "POST /$batch"} {
			method, path, _ := strings.Cut(call, " ")
			if err := do(method, path); !errors.As(err, &unrecorded) || unrecorded.Hint() == "" {
				t.Errorf("%s: %s: got %v", name, call, err)
			}
		}
		if len(far.sent) != 0 {
			t.Errorf("%s: a change was sent that is not recorded", name)
		}
		if err := do("GET", "/me"); err != nil || len(far.sent) != 1 {
			t.Errorf("%s: a read: got %v", name, err)
		}
		var refused *policy.RefusedError
		if err := do("GET", "/auditLogs"); !errors.As(err, &refused) {
			t.Errorf("%s: a refusal: got %v", name, err)
		}
	}
}

// What is to be done depends on why the log cannot be written.
func TestNoLogHints(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{"is full": syscall.ENOSPC, "LimitNOFILE": syscall.EMFILE, "made writable": syscall.EROFS} {
		if e := (&policy.AuditError{Err: fmt.Errorf("%w", err)}); !strings.Contains(e.Hint(), want) {
			t.Errorf("%v: got the hint %q, want one with %q", err, e.Hint(), want)
		}
	}
}

// A line that fails once the call was made does not take its answer away.
func TestAnswerOutlivesTheLog(t *testing.T) {
	t.Parallel()
	log := &book{}
	far := answering(func(*graph.Request) (*graph.Response, error) {
		log.fault = errors.New("no space left on device")
		return &graph.Response{Status: 204}, nil
	})
	request, err := endpoints(t).NewRequest(graph.Params{Method: "DELETE", Path: "/users/1"})
	if err != nil {
		t.Fatal(err)
	}
	response, err := policy.Guard(far, mustPolicy(t, policy.Rules{ReadWrite: true}), log, policy.By{}).Do(t.Context(), request)
	if err != nil || response.Status != 204 || len(log.lines) != 1 {
		t.Errorf("got %v, %v and %d lines", response, err, len(log.lines))
	}
}

func TestDeclinedIsRecorded(t *testing.T) {
	t.Parallel()
	_, err := keep(t, &recorder{}, policy.Rules{ReadWrite: true, Confirm: []string{"DELETE /**"}}, ada, "DELETE /users/1?x="+secret, "")
	log := &book{}
	policy.RecordDeclined(log, ada, err)
	policy.RecordDeclined(log, ada, errors.New("another"))
	if len(log.lines) != 1 || log.lines[0].Verdict != "declined" || log.lines[0].Path != "/users/1" || log.lines[0].Principal != "build-agent" {
		t.Errorf("got %+v", log.lines)
	}
}

// The log is searched by path: whatever spelling was used, it stands there as the rules see it.
func TestPathsInTheLogAreCanonical(t *testing.T) {
	t.Parallel()
	ok := answering(func(*graph.Request) (*graph.Response, error) { return &graph.Response{Status: 204}, nil })
	lines, _ := keep(t, ok, policy.Rules{ReadWrite: true}, ada, "DELETE /USERS('Ada%40x.example')/Contacts/AbC", "")
	if len(lines) != 2 || lines[0].Path != "/users/ada@x.example/contacts/abc" || !strings.HasSuffix(lines[0].Sent, "/Contacts/AbC") {
		t.Errorf("sent: %+v", lines)
	}
	lines, _ = keep(t, ok, policy.Rules{ReadWrite: true, Deny: []string{"* /users/*/contacts/**"}}, ada, "DELETE /Users/1/Contacts/AbC", "")
	if len(lines) != 1 || lines[0].Path != "/users/1/contacts/abc" || lines[0].Sent != "/Users/1/Contacts/AbC" {
		t.Errorf("denied: %+v", lines)
	}
	log := &book{}
	policy.RecordInvalid(log, ada, "not a valid request: path")
	if len(log.lines) != 1 || log.lines[0].Verdict != "denied" || log.lines[0].Rule != "not a valid request: path" || log.lines[0].Principal != "build-agent" {
		t.Errorf("invalid: %+v", log.lines)
	}
}

// What a caller or a service sends cannot make a line long.
func TestLinesAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 3000)
	far := answering(func(*graph.Request) (*graph.Response, error) {
		return nil, &graph.Error{Status: 400, Code: long, RequestID: long, ClientRequestID: long}
	})
	by := policy.By{RequestID: long, Principal: long, Who: func() (string, string) { return long, long }}
	lines, _ := keep(t, far, policy.Rules{ReadWrite: true}, by, "DELETE /users/"+strings.Repeat("x", 7000), "")
	for _, line := range lines {
		if text, err := json.Marshal(line); err != nil || len(text) > 10_000 || strings.Contains(string(text), "\\ufffd") {
			t.Errorf("got %d bytes, %v", len(text), err)
		}
	}
	if len(lines) != 2 {
		t.Errorf("got %d lines", len(lines))
	}
}

func TestCheckRecordsItsRefusal(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Deny: []string{"PUT /**"}})
	for method, want := range map[string]int{"PUT": 1, "PATCH": 0} {
		request, err := endpoints(t).NewRequest(graph.Params{Method: method, Path: "/me/drive/items/1/content"})
		if err != nil {
			t.Fatal(err)
		}
		log := &book{}
		if err := policy.Check(p, log, ada, request); (err != nil) != (want == 1) || len(log.lines) != want {
			t.Errorf("%s: got %v and %d lines", method, err, len(log.lines))
		}
	}
}

func TestAgreementToABatch(t *testing.T) {
	t.Parallel()
	agreed := ada
	agreed.Agreed = another
	lines, err := keep(t, &recorder{}, policy.Rules{Confirm: []string{"POST /$batch"}}, agreed, "POST /$batch", `{"requests":[{"id":"1","method":"GET","url":"/me"}]}`)
	if err != nil || len(lines) != 2 || lines[0].Path != "/$batch" || lines[0].Verdict != "confirmed" || lines[1].Status != 200 || lines[1].Code != "" {
		t.Errorf("got %+v, %v", lines, err)
	}
}
