package graphsim_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

// raw sends a target as it is: Go's client would tidy it up.
func (r *rig) raw(target string) result {
	r.t.Helper()
	address := r.server.Listener.Addr().String()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", target, address, r.token)
	answer, err := io.ReadAll(net.Conn(conn))
	if err != nil {
		r.t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	a := result{t: r.t, raw: []byte(body)}
	if _, err := fmt.Sscanf(head, "HTTP/1.1 %d", &a.status); err != nil {
		r.t.Fatalf("%s: %q", target, head)
	}
	if start := strings.IndexByte(body, '{'); start >= 0 { // it may come in chunks
		_ = json.NewDecoder(strings.NewReader(body[start:])).Decode(&a.body)
	}
	return a
}

// The sandbox reads every spelling that some front end might read, so that a policy which overlooks one is found out.
func TestEverySpellingReachesTheResource(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, target := range []string{
		"/v1.0/users/%s", "/V1.0/USERS/%s", "/v1.0/users('%s')", "/v1.0/Users(%%27%s%%27)", "/v1.0/users(id='%s')", "/v1.0/users(%s)", "/v1.0//users///%s/", "/v1.0/groups/../users/%s",
		"/v1.0/groups/%%2e%%2E/users/%s", "/v1.0/groups/%%252e%%252e/users/%s", "/beta/../v1.0/./users/%s", "/../../v1.0/users/%s", "/v1.0/users%%2f%s", "/v1.0/users%%5C%s", "/v1.0/users\\%s", "/v1.0/groups\\..\\users/%s",
		"/v1.0/%%75sers/%s", "/v1.0/u%%09sers/%s", "/v1.0/users./%s", "/v1.0/users%%20/%s", "/v1.0/microsoft.graph.users/%s", "/v1.0/graph.users/%s", "/v1.0/users/%s/microsoft.graph.user",
		"/v1.0/directoryObjects/%s", "/v1.0/directoryObjects/%s/graph.user", "/v1.0/%%C5%%BFer%%C5%%BF/../users/%s", "/v1.0/uſers/%s", "/v1.0/users/%s?x=/../../groups",
	} {
		a := r.raw(fmt.Sprintf(target, company.CEOID))
		if a.status != http.StatusOK || a.body["id"] != company.CEOID {
			t.Errorf("%s: got %d, %.200s", target, a.status, a.raw)
		}
	}
}

func TestDotSegmentsLeaveTheVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.raw("/v1.0/../beta/users/" + company.CEOID)
	if _, ok := a.body["department"]; a.status != http.StatusOK || !ok {
		t.Errorf("got %d %.200s, want the user as beta shows it", a.status, a.raw)
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, segment := range map[string]string{
		"/v1.0/nonsense": "nonsense", "/v1.0/users/" + company.CEOID + "/nonsense": "nonsense", "/v1.0/users/" + company.CEOID + "/messages/x/nonsense/y": "nonsense",
		"/v1.0/users/" + company.AdminID + "/manager/nonsense": "nonsense", "/v1.0/me2": "me2",
	} {
		r.get(path).refused(http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+segment+"'.")
	}
	r.get("/v2.0/users").refused(http.StatusBadRequest, "BadRequest", "Invalid version: v2.0")
	r.get("/").refused(http.StatusBadRequest, "BadRequest", "Invalid version")
	r.get("/v1.0").refused(http.StatusBadRequest, "BadRequest", "Empty path")
	r.do("PUT", "/v1.0/users", "{}").refused(http.StatusMethodNotAllowed, "Request_BadRequest", "not allowed")
}

func TestMe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.get("/v1.0/me").refused(http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow.")
	r.get("/v1.0/Me/messages").refused(http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow.")
	user := r.as(userToken)
	if got := user.get("/v1.0/me").ok(http.StatusOK).text("userPrincipalName"); got != company.MemberUPN {
		t.Errorf("got %s", got)
	}
	if got := user.get("/v1.0/me/messages?$top=3").list(); len(got) != 3 {
		t.Errorf("got %d messages, want 3", len(got))
	}
	user.get("/v1.0/users/"+company.CEOID+"/messages").refused(http.StatusForbidden, "ErrorAccessDenied", "")
	user.get("/v1.0/users").refused(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges")
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	r := newRig(t).as(limitedToken)
	r.get("/v1.0/users").ok(http.StatusOK)
	r.get("/v1.0/groups").refused(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	r.get("/v1.0/users/"+company.CEOID+"/messages").refused(http.StatusForbidden, "ErrorAccessDenied", "Access is denied")
	r.get("/v1.0/users/"+company.CEOID+"/drive").refused(http.StatusForbidden, "accessDenied", "Access denied")
	r.do("DELETE", "/v1.0/users/"+company.CEOID, nil).refused(http.StatusForbidden, "Authorization_RequestDenied", "")
	r.get("/v1.0/auditLogs/signIns").refused(http.StatusForbidden, "Authorization_RequestDenied", "")
}

func TestErrorsCarryIdentifiers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.as("").get("/v1.0/users", "client-request-id: 6a1b0c5e-0000-4000-8000-000000000001")
	a.refused(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty.")
	inner := a.body["error"].(map[string]any)["innerError"].(map[string]any)
	if inner["request-id"] != a.header.Get("request-id") || inner["request-id"] == "" || inner["date"] != "2026-11-24T10:00:00" {
		t.Errorf("got %v, and the header %s", inner, a.header.Get("request-id"))
	}
	if inner["client-request-id"] != "6a1b0c5e-0000-4000-8000-000000000001" || a.header.Get("client-request-id") != inner["client-request-id"] {
		t.Errorf("got client-request-id %v", inner["client-request-id"])
	}
	if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("got WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
	}
	ok := r.get("/v1.0/users?$top=1").ok(http.StatusOK)
	for name, want := range map[string]string{"OData-Version": "4.0", "Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"} {
		if got := ok.header.Get(name); got != want {
			t.Errorf("got %s %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"request-id", "client-request-id", "x-ms-ags-diagnostic", "Date"} {
		if ok.header.Get(name) == "" {
			t.Errorf("got no header %s", name)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	big := `{"x":"` + strings.Repeat("x", 4<<20) + `"}`
	r.do("POST", "/v1.0/users", big).refused(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "too large")
	r.do("POST", "/v1.0/users", "{").refused(http.StatusBadRequest, "BadRequest", "JSON")
	r.do("POST", "/v1.0/users", "[]").refused(http.StatusBadRequest, "BadRequest", "JSON")
	r.do("POST", "/v1.0/users", nil).refused(http.StatusBadRequest, "Request_BadRequest", "Empty Payload")
}

func TestSlashInsideAnID(t *testing.T) {
	t.Parallel()
	c := company.New(testNow())
	c.Messages[company.AdminID][0]["id"] = "AAMk/x+y="
	r := newRigWith(t, graphsim.Options{Company: c})
	for _, id := range []string{"AAMk%2Fx+y=", "AAMk%2fx%2By%3D"} {
		if got := r.raw(mailbox + "/messages/" + id + "?$select=subject"); got.status != http.StatusOK {
			t.Errorf("%s: got %d %s", id, got.status, got.raw)
		}
	}
	r.raw(mailbox+"/messages/AAMk/x+y=").refused(http.StatusNotFound, "ErrorItemNotFound", "")
}

func TestResource(t *testing.T) {
	t.Parallel()
	g := newRig(t).graph
	for path, want := range map[string]string{
		"/v1.0/users": "v1.0/users",
		"/v1.0/../BETA/Users('a%2eb@x')/Messages": "beta/users/{a.b@x}/messages",
		"/v1.0/auditLogs\\signIns":                "v1.0/auditLogs/signIns",
		"/v1.0/me/microsoft.graph.user/events":    "v1.0/users/{me}/events",
		"/v1.0/users/a/MAIL/$value":               "v1.0/users/{a}/mail",
		"/v1.0/users/$count":                      "v1.0/users/$count",
		"/v1.0/drives/d/root:/x/y:/content":       "v1.0/drives/{d}/root/:/{x/y}/content",
		"/v1.0/$Batch":                            "v1.0/$batch",
		"/v1.0/nothing":                           "",
		"/v3/users":                               "",
		"/v1.0/me/sendMail":                       "v1.0/users/{me}/sendmail", // a property, as far as names go
	} {
		if got := g.Resource(http.MethodGet, path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if got := g.Resource(http.MethodPost, "/v1.0/users/a/microsoft.graph.sendMail"); got != "v1.0/users/{a}/sendMail" {
		t.Errorf("got %q", got)
	}
}
