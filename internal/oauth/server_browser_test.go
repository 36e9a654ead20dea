package oauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A real browser goes all the way, through redirects that its own rules for forms apply to, and says where the form
// came from. The person is signed in already, so that nothing stops on the way.
func TestBrowserGoesAllTheWay(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium in PATH")
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	d := newDesk(t)
	login := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"state": {q.Get("state")}, "code": {"ada"}}.Encode(), http.StatusFound)
	}))
	defer login.Close()
	d.upstream.login = login.URL
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<p>code %t, error %s, iss %s, referrer %q</p>", q.Get("code") != "", q.Get("error"), q.Get("iss"), r.Referer())
	}))
	defer program.Close()

	var mu sync.Mutex
	origins := map[string]string{} // by path
	next := d.web.Config.Handler
	d.web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		origins[r.URL.Path] = r.Header.Get("Origin")
		mu.Unlock()
		next.ServeHTTP(w, r)
	})
	values := asks(d.client(program.URL + "/callback"))
	values.Set("redirect_uri", program.URL+"/callback")
	for _, row := range []struct {
		refuse []sandboxtest.Refuse
		want   string
	}{
		{nil, "code true, error , iss " + d.issuer + `, referrer ""`},
		{[]sandboxtest.Refuse{"decline"}, "code false, error access_denied, iss " + d.issuer + `, referrer ""`},
	} {
		got, err := sandboxtest.Browser(ctx, d.issuer+"/oauth/authorize?"+values.Encode(), "", "", row.refuse...)
		if err != nil || !strings.Contains(got, row.want) {
			t.Errorf("the browser ended at %q (%v), want %q", got, err, row.want)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if got := origins["/oauth/consent"]; got != d.issuer {
		t.Errorf("the form came from %q", got)
	}
}
