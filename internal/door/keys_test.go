package door

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// away is a store that can be made unreachable, and counts what it is asked.
type away struct {
	*state.Memory
	gone  atomic.Bool
	asked atomic.Int32
}

type awayError struct{}

func (awayError) Error() string     { return "the store is away" }
func (awayError) Unavailable() bool { return true }

func (s *away) Get(ctx context.Context, key string) ([]byte, bool, error) {
	s.asked.Add(1)
	if s.gone.Load() {
		return nil, false, awayError{}
	}
	return s.Memory.Get(ctx, key)
}

func TestRevokedKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &away{Memory: state.NewMemory()}
		r := newRevocations(store)
		sum := sha256.Sum256([]byte("key"))
		check := func(step string, want bool, asked int32) {
			t.Helper()
			got, err := r.has(t.Context(), sum)
			if got != want || err != nil || store.asked.Load() != asked {
				t.Errorf("%s: got %v, %v; asked %d times", step, got, err, store.asked.Load())
			}
		}
		check("at first", false, 1)
		check("at once again", false, 1)
		if err := store.Put(t.Context(), "revoked/"+hex.EncodeToString(sum[:]), []byte{1}, time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(verdictLife) // of the bubble's clock
		check("revoked", true, 2)
		store.gone.Store(true)
		time.Sleep(verdictLife)
		check("nobody to ask", true, 3)
		check("not asked again at once", true, 3)
		time.Sleep(verdictRetry)
		check("but soon", true, 4)
		time.Sleep(verdictStale)
		if _, err := r.has(t.Context(), sum); err == nil {
			t.Error("a verdict holds for ever")
		}
		if _, err := newRevocations(store).has(t.Context(), sum); err == nil {
			t.Error("without a verdict, a key is let in")
		}
		store.gone.Store(false)
		if err := store.Delete(t.Context(), "revoked/"+hex.EncodeToString(sum[:])); err != nil {
			t.Fatal(err)
		}
		if got, err := r.has(t.Context(), sum); !got || err != nil {
			t.Errorf("a store that has forgotten gives the key back: %v, %v", got, err)
		}
		r.keep(nil)
		if len(r.verdicts) != 0 {
			t.Error("verdicts on keys that are gone are kept")
		}
	})
}

// However many requests come, the store is asked once.
func TestRevocationsAreNoStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &away{Memory: state.NewMemory()}
		r := newRevocations(store)
		sum := sha256.Sum256([]byte("key"))
		if _, err := r.has(t.Context(), sum); err != nil {
			t.Fatal(err)
		}
		time.Sleep(verdictLife)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := r.has(t.Context(), sum); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := store.asked.Load(); n != 2 {
			t.Errorf("asked %d times", n)
		}
	})
}

// The time that a comparison takes tells nothing: a text is hashed first, so all are of one length, and all keys are
// compared, so the last of two equal ones is found.
func TestAllKeysAreCompared(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("key"))
	k := keyring{keys: []Key{{Name: "first", SHA256: sum}, {Name: "other"}, {Name: "last", SHA256: sum}, {Name: "another"}}}
	if found := k.find(sum); found == nil || found.Name != "last" {
		t.Errorf("got %v: the search ended early", found)
	}
	if found := k.find(sha256.Sum256([]byte("other"))); found != nil {
		t.Errorf("got %v", found)
	}
}

func TestKeysExpire(t *testing.T) {
	t.Parallel()
	clock := newTick()
	sum := sha256.Sum256([]byte("key"))
	k := keyring{now: clock.now, keys: []Key{{Name: "agent", SHA256: sum, Expires: clock.Add(time.Hour), ReadOnly: true}}}
	revoked := newRevocations(state.NewMemory())
	p, no := k.authenticate(t.Context(), sum, revoked, []string{"a", "b"})
	if no != nil || !p.MayOnlyRead("a") || !p.MayOnlyRead("b") {
		t.Errorf("got %+v, %+v", p, no)
	}
	clock.pass(time.Hour)
	if _, no = k.authenticate(t.Context(), sum, revoked, nil); no == nil || no.reason != "key expired" || no.attempt {
		t.Errorf("got %+v", no)
	}
}

func TestCredentialsInARequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query string
		header      [][2]string
		want        credential
		refused     string
	}{
		{"none", "", nil, credential{}, "none"},
		{"bearer", "", [][2]string{{"Authorization", "Bearer x"}}, credential{"x", true}, ""},
		{"key", "", [][2]string{{"Authorization", "ApiKey x"}}, credential{"x", false}, ""},
		{"header", "", [][2]string{{"X-API-Key", "x"}}, credential{"x", false}, ""},
		{"query", "api_key=x", nil, credential{"x", false}, ""},
		{"the same twice", "api_key=x", [][2]string{{"Authorization", "Bearer x"}, {"X-API-Key", "x"}}, credential{"x", true}, ""},
		{"two", "", [][2]string{{"Authorization", "Bearer x"}, {"X-API-Key", "y"}}, credential{}, "key"},
		{"two headers", "", [][2]string{{"Authorization", "Bearer x"}, {"Authorization", "Bearer y"}}, credential{}, "key"},
		{"one of them empty", "api_key=", [][2]string{{"Authorization", "Bearer x"}}, credential{}, "key"},
		{"a token in the query", "access_token=x", nil, credential{}, "key"},
		{"a token in the query beside a good one", "access_token=x", [][2]string{{"Authorization", "Bearer x"}}, credential{}, "key"},
		{"a proxy's password", "", [][2]string{{"Authorization", "Basic eDp5"}, {"X-API-Key", "x"}}, credential{"x", false}, ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/mcp?"+tt.query, nil)
		for _, h := range tt.header {
			r.Header.Add(h[0], h[1])
		}
		got, no := presented(r, true)
		reason := ""
		if no != nil {
			reason = no.reason
		}
		if got != tt.want || reason != tt.refused {
			t.Errorf("%s: got %+v, %q", tt.name, got, reason)
		}
	}
}

func TestRatesAreOfOnePrincipal(t *testing.T) {
	t.Parallel()
	r := newRates()
	for range 3 {
		if wait := r.wait("a", 3); wait != 0 {
			t.Errorf("wait %s", wait)
		}
	}
	if r.wait("a", 3) == 0 || r.wait("b", 3) != 0 {
		t.Error("one takes what is another's, or more than its own")
	}
	for i := range 3 * mostRates {
		r.wait(fmt.Sprint(i), 3)
	}
	if n := r.limiters.Len(); n != mostRates {
		t.Errorf("%d are held", n)
	}
}

func TestChallengeCannotBeForged(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	(&Door{house: House{Name: "microsoft-mcp-server"}}).challenge(w, httptest.NewRequest(http.MethodPost, "/mcp", nil), &refusal{code: "invalid_token", description: "a \"b\\\r\nX: y ä", scope: `s"`})
	if got, want := w.Header().Get("WWW-Authenticate"), `Bearer realm="microsoft-mcp-server", scope="s", error="invalid_token", error_description="a bX: y "`; got != want {
		t.Errorf("got %s", strings.ReplaceAll(got, "\n", "|"))
	}
}
