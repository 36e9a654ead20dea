package graphsim_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

type item = map[string]any

func (r *rig) batch(items ...item) result {
	r.t.Helper()
	return r.do("POST", "/v1.0/$batch", item{"requests": items})
}

// answers are the answers of a batch by id.
func (a result) answers() map[string]item {
	a.t.Helper()
	all := map[string]item{}
	for _, v := range a.ok(http.StatusOK).body["responses"].([]any) {
		all[v.(item)["id"].(string)] = v.(item)
	}
	return all
}

func TestBatch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	json := item{"content-type": "application/json"}
	got := r.batch(
		item{"id": "a", "method": "GET", "url": "/users/" + company.CEOID + "?$select=displayName"},
		item{"id": "b", "method": "get", "url": "users/nobody"},
		item{"id": "c", "method": "POST", "url": "/users/" + company.AdminID + "/messages", "headers": json, "body": item{"subject": "From a batch"}},
		item{"id": "d", "method": "GET", "url": "/groups", "dependsOn": []string{"B"}},
		item{"id": "e", "method": "GET", "url": "/users/$count", "headers": item{"ConsistencyLevel": "eventual"}},
		item{"id": "f", "method": "POST", "url": "/users", "body": item{}},
		item{"id": "g", "method": "GET", "url": "https://graph.microsoft.com/v1.0/users"},
		item{"id": "h", "method": "GET", "url": "/$batch"},
		item{"id": "i", "method": "GET", "url": "/users/../../beta/users/" + company.CEOID},
		item{"id": "j", "method": "GET", "url": "/users/" + company.AdminID + "/drive/root:/empty.txt:/content"},
		item{"id": "k", "method": "PUT", "url": "/users/" + company.AdminID + "/drive/root:/b.txt:/content", "headers": item{"Content-Type": "text/plain"}, "body": base64.StdEncoding.EncodeToString([]byte("hi"))},
		item{"id": "l", "method": "GET", "url": "/groups?$top=1", "dependsOn": []string{"a"}},
	).answers()
	for id, status := range map[string]float64{"a": 200, "b": 404, "c": 201, "d": 424, "e": 200, "f": 400, "g": 400, "h": 400, "i": 200, "j": 302, "k": 201, "l": 200} {
		if got[id]["status"] != status {
			t.Errorf("%s: got %v %v, want %v", id, got[id]["status"], got[id]["body"], status)
		}
	}
	if body := got["a"]["body"].(item); body["displayName"] == nil {
		t.Errorf("got %v", body)
	}
	if code := got["b"]["body"].(item)["error"].(item)["code"]; code != "Request_ResourceNotFound" {
		t.Errorf("got %v", code)
	}
	if n, err := base64.StdEncoding.DecodeString(got["e"]["body"].(string)); err != nil || string(n) < "100" {
		t.Errorf("got %q, %v", n, err)
	}
	if got["i"]["body"].(item)["department"] == nil {
		t.Error("dot segments in a batch do not leave the version")
	}
	if location := got["j"]["headers"].(item)["Location"]; location == nil {
		t.Errorf("got %v", got["j"])
	}
}

func TestBatchIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var many []item
	for i := range 21 {
		many = append(many, item{"id": fmt.Sprint(i), "method": "GET", "url": "/users"})
	}
	r.batch(many...).refused(http.StatusBadRequest, "MaximumValueExceeded", "exceeds the maximum value of 20")
	r.batch(many[:20]...).ok(http.StatusOK)
	r.batch().refused(http.StatusBadRequest, "BadRequest", "Invalid batch payload")
	r.batch(item{"id": "a", "method": "GET", "url": "/users"}, item{"id": "A", "method": "GET", "url": "/users"}).refused(http.StatusBadRequest, "BadRequest", "unique")
	r.batch(item{"id": "a", "method": "GET"}).refused(http.StatusBadRequest, "BadRequest", "required")
	r.batch(item{"id": "a", "method": "GET", "url": "/users", "dependsOn": []string{"z"}}).refused(http.StatusBadRequest, "BadRequest", "dependsOn")
	r.get("/v1.0/$batch").refused(http.StatusMethodNotAllowed, "Request_BadRequest", "")
	r.as("").do("POST", "/v1.0/$batch", item{"requests": many[:1]}).refused(http.StatusUnauthorized, "InvalidAuthenticationToken", "")
	for id, a := range r.as(limitedToken).batch(item{"id": "1", "method": "GET", "url": "/groups"}).answers() {
		if a["status"] != 403.0 {
			t.Errorf("%s: got %v", id, a)
		}
	}
}

func TestBatchItemsAreWrapped(t *testing.T) {
	t.Parallel()
	r := newRigWith(t, graphsim.Options{WrapItem: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/v1.0/groups") {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	got := r.batch(item{"id": "1", "method": "GET", "url": "/groups"}, item{"id": "2", "method": "GET", "url": "/users?$top=1"}).answers()
	if got["1"]["status"] != 429.0 || got["1"]["headers"].(item)["Retry-After"] != "7" || got["2"]["status"] != 200.0 {
		t.Errorf("got %v", got)
	}
}

func TestBatchAnswersComeInAnyOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var items []item
	for i := range 20 {
		items = append(items, item{"id": fmt.Sprint(i), "method": "GET", "url": "/organization"})
	}
	for i, v := range r.batch(items...).ok(http.StatusOK).body["responses"].([]any) {
		if v.(item)["id"] != fmt.Sprint(i) {
			return // one in 20! batches fails here, and the sun will have gone out before
		}
	}
	t.Error("the answers come in the order of the requests")
}
