package e2e

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// whispers are what may be known to those alone to whom it was said: tokens, codes, states, cookies.
type whispers struct {
	mu    sync.Mutex
	all   []string        // guarded by mu
	heard strings.Builder // guarded by mu; what a server has answered to people and their programs
}

// hear takes down an answer.
func (w *whispers) hear(answer string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard.WriteString(answer + "\n")
}

// checkAnswers fails where a server has given anybody what is Entra's: the app's secret, a code or a token.
func (w *whispers) checkAnswers(t *testing.T, tenant *sandbox.Tenant) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	checkKept(t, "an answer", w.heard.String(), tenant.Secrets())
}

func (w *whispers) add(secrets ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, secrets...)
}

// known returns them, and what a tenant has issued.
func (w *whispers) known(tenant *sandbox.Tenant) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(tenant.Secrets(), w.all...)
}

// tail is how much of a secret's end gives it away. Tokens begin alike.
const tail = 12

// leaks returns the secrets that a text gives away, as they are or as a URL has them.
func leaks(text string, secrets []string) (found []string) {
	tails := map[string]string{}
	for _, secret := range secrets {
		for _, way := range []string{secret, url.QueryEscape(secret)} {
			if len(way) >= tail {
				tails[way[len(way)-tail:]] = secret
			}
		}
	}
	for i := 0; i+tail <= len(text); i++ {
		if secret, ok := tails[text[i:i+tail]]; ok {
			found = append(found, secret)
		}
	}
	return found
}

// checkKept fails where a place holds a secret; it does not say which.
func checkKept(t *testing.T, place, text string, secrets []string) {
	t.Helper()
	for _, secret := range leaks(text, secrets) {
		at := strings.Index(text, secret[len(secret)-tail:])
		t.Errorf("%s holds a secret of %d bytes that begins with %.5s, behind %.60q", place, len(secret), secret, text[max(0, at-len(secret)-60):max(0, at)])
	}
}

func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	secret := "eyJhbGciOiJSUzI1NiJ9.+/=abcdefghijkl"
	for text, want := range map[string]int{"": 0, "a line\nof a log": 0, secret[:20]: 0, "token=" + secret: 1, url.QueryEscape(secret) + secret: 2, "…" + secret[20:] + "x": 1, "short": 0} {
		if got := len(leaks(text, []string{secret, "", "short"})); got != want {
			t.Errorf("%q: %d leaks, want %d", text, got, want)
		}
	}
}
