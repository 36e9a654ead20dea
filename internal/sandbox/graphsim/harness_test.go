package graphsim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

func testNow() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }

// The access tokens of the tests: who comes with which.
const (
	appToken     = "app"     // company.ClientID with everything an administrator granted
	limitedToken = "limited" // an app that may read users
	searchToken  = "search"  // company.MemberID, signed in to search
	userToken    = "user"    // company.MemberID, signed in
)

func authenticate(r *http.Request) (graphsim.Caller, error) {
	switch strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") {
	case appToken:
		return graphsim.Caller{App: true, AppID: company.ClientID, TenantID: company.TenantID, Permissions: company.AppRoles(company.ClientID)}, nil
	case limitedToken:
		return graphsim.Caller{App: true, AppID: company.LimitedClientID, TenantID: company.TenantID, Permissions: []string{"User.Read.All"}}, nil
	case searchToken:
		return graphsim.Caller{AppID: company.ClientID, UserID: company.MemberID, TenantID: company.TenantID, Permissions: []string{"Files.Read.All"}}, nil
	case userToken:
		return graphsim.Caller{AppID: company.ClientID, UserID: company.MemberID, TenantID: company.TenantID, Permissions: []string{"User.Read", "Mail.Read", "Files.Read"}}, nil
	}
	return graphsim.Caller{}, errors.New("Access token is empty.")
}

// rig is a Graph that listens, and a client of it.
type rig struct {
	t      *testing.T
	graph  *graphsim.Graph
	server *httptest.Server
	client *http.Client
	token  string
}

func newRig(t *testing.T) *rig { return newRigWith(t, graphsim.Options{}) }

func newRigWith(t *testing.T, o graphsim.Options) *rig {
	t.Helper()
	if o.Authenticate == nil {
		o.Authenticate = authenticate
	}
	if o.Company == nil {
		o.Company = company.New(testNow())
	}
	if o.Now == nil {
		o.Now = testNow
	}
	g := graphsim.New(o)
	server := httptest.NewTLSServer(g)
	t.Cleanup(server.Close)
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	// The certificate of httptest does not name localhost, where downloads are.
	client.Transport.(*http.Transport).TLSClientConfig.ServerName = "example.com"
	return &rig{t: t, graph: g, server: server, client: client, token: appToken}
}

func (r *rig) as(token string) *rig {
	other := *r
	other.token = token
	return &other
}

// result is an answer that has been read.
type result struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
	body   map[string]any // nil where the answer is no JSON object
}

// do sends a request. The target is a path below the host, or a URL. headers are "Name: value".
func (r *rig) do(method, target string, body any, headers ...string) result {
	r.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = r.server.URL + target
	}
	var payload io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		payload = bytes.NewReader(b)
	case string:
		payload = strings.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			r.t.Fatal(err)
		}
		payload = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, target, payload)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a := result{t: r.t, status: res.StatusCode, header: res.Header, raw: raw}
	if err := json.Unmarshal(raw, &a.body); err != nil {
		a.body = nil
	}
	return a
}

func (r *rig) get(target string, headers ...string) result {
	r.t.Helper()
	return r.do(http.MethodGet, target, nil, headers...)
}

// ok fails the test unless the status is the given one.
func (a result) ok(status int) result {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("got status %d, want %d: %.600s", a.status, status, a.raw)
	}
	return a
}

// refused fails the test unless the answer is an error with this status, code and text in its message.
func (a result) refused(status int, code, message string) {
	a.t.Helper()
	e, _ := a.body["error"].(map[string]any)
	got, _ := e["message"].(string)
	if a.status != status || e["code"] != code || !strings.Contains(got, message) {
		a.t.Errorf("got %d %v %q, want %d %s %q", a.status, e["code"], got, status, code, message)
	}
}

// list returns the value of a collection.
func (a result) list() []map[string]any {
	a.t.Helper()
	values, ok := a.ok(http.StatusOK).body["value"].([]any)
	if !ok {
		a.t.Fatalf("no collection: %.300s", a.raw)
	}
	all := make([]map[string]any, len(values))
	for i, v := range values {
		all[i], _ = v.(map[string]any)
	}
	return all
}

// column lists one property of a collection's resources.
func (a result) column(name string) []string {
	a.t.Helper()
	var all []string
	for _, e := range a.list() {
		s, _ := e[name].(string)
		all = append(all, s)
	}
	return all
}

func (a result) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func query(options ...string) string {
	values := url.Values{}
	for i := 0; i < len(options); i += 2 {
		values.Set(options[i], options[i+1])
	}
	return "?" + values.Encode()
}

const eventual = "ConsistencyLevel: eventual"
