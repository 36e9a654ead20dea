package oauth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// unavailable wants an error that says that nobody can tell.
func unavailable(t *testing.T, name string, err error) {
	t.Helper()
	e, ok := errors.AsType[*KeysError](err)
	if !ok || !e.Unavailable() || e.Hint() == "" {
		t.Errorf("%s: %v, want that the keys cannot be fetched", name, err)
	}
}

func isUnknownKey(err error) bool {
	r, ok := errors.AsType[*Refused](err)
	return ok && strings.Contains(r.Error(), "a key that its tenant does not have")
}

// TestKeysAreRolled follows a tenant that changes its keys: a new one is found, not more often than every five minutes,
// and what an old one has signed ends with it.
func TestKeysAreRolled(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t)
	far := map[string]any{"exp": i.clock.Unix() + 1_000_000}
	old := sign(t, i.person(far))
	renewed := signBy(t, jwt.SigningMethodRS256, rsaKeys()[1], i.person(far), map[string]any{"kid": "two"})
	verify := func(token string) error { _, err := v.Verify(t.Context(), token); return err }
	if err := verify(old); err != nil {
		t.Fatal(err)
	}

	i.publishes(publish("one", &rsaKeys()[0].PublicKey), publish("two", &rsaKeys()[1].PublicKey))
	i.clock = i.clock.Add(newKeyPause - time.Second)
	for range 50 {
		if err := verify(renewed); !isUnknownKey(err) {
			t.Fatalf("a key that is not known yet: %v", err)
		}
	}
	if got := i.count(); got != 1 {
		t.Errorf("keys were fetched %d times within five minutes", got)
	}
	i.clock = i.clock.Add(2 * time.Second)
	if err := verify(renewed); err != nil {
		t.Errorf("the new key: %v", err)
	}
	if err := verify(old); err != nil {
		t.Errorf("the old key, still published: %v", err)
	}

	i.publishes(publish("two", &rsaKeys()[1].PublicKey))
	if err := verify(old); err != nil {
		t.Errorf("withdrawn, which is not known yet: %v", err)
	}
	i.clock = i.clock.Add(keysFresh)
	if err := verify(old); !isUnknownKey(err) {
		t.Errorf("a token that was verified before its key was withdrawn: %v", err)
	}
	if err := verify(renewed); err != nil {
		t.Error(err)
	}

	// The same name for another key: what was verified by the first is checked anew.
	i.publishes(publish("two", &rsaKeys()[2].PublicKey))
	i.clock = i.clock.Add(keysFresh)
	refused(t, v, "by a key that was replaced", renewed)
}

func TestVerifiedTokensExpire(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t)
	token := sign(t, i.person(map[string]any{"exp": i.clock.Unix() + 600}))
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if got := v.seen.tokens.Len(); got != 1 {
		t.Errorf("%d tokens are remembered, want 1", got)
	}
	i.clock = i.clock.Add(600*time.Second + leeway - time.Second)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("within the leeway: %v", err)
	}
	i.clock = i.clock.Add(2 * time.Second)
	if r := refused(t, v, "later", token); !strings.Contains(r.Error(), "expired") {
		t.Errorf("got %v", r)
	}
	if got := v.seen.tokens.Len(); got != 0 {
		t.Errorf("%d tokens are remembered that have expired", got)
	}
}

// TestKeysOutlastAnOutage has the authority fail: keys that are known are used on, for a day.
func TestKeysOutlastAnOutage(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t)
	far := map[string]any{"exp": i.clock.Unix() + 1_000_000}
	token := sign(t, i.person(far))
	unknown := signBy(t, jwt.SigningMethodRS256, rsaKeys()[1], i.person(far), map[string]any{"kid": "two"})
	verify := func(token string) error { _, err := v.Verify(t.Context(), token); return err }
	down := func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusBadGateway); return true }

	i.answers(down)
	for range 50 {
		unavailable(t, "without keys", verify(token))
	}
	i.answers(nil)
	unavailable(t, "within the pause", verify(token))
	i.clock = i.clock.Add(failPause)
	if err := verify(token); err != nil {
		t.Fatalf("after the outage: %v", err)
	}

	i.answers(down)
	i.clock = i.clock.Add(keysFresh)
	for range 50 {
		if err := verify(token); err != nil {
			t.Fatalf("with old keys: %v", err)
		}
	}
	unavailable(t, "a key that nobody knows, in an outage", verify(unknown))
	i.clock = i.clock.Add(keysUsable)
	unavailable(t, "after a day", verify(token))
	i.answers(nil)
	i.clock = i.clock.Add(failPause)
	if err := verify(token); err != nil {
		t.Errorf("after the outage: %v", err)
	}
	if err := verify(unknown); !isUnknownKey(err) {
		t.Errorf("a key that nobody knows: %v", err)
	}
}

// TestKeysAreFetchedOnce has a crowd come at once.
func TestKeysAreFetchedOnce(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t)
	arrived, hold := make(chan struct{}), make(chan struct{})
	var once sync.Once
	i.answers(func(http.ResponseWriter, *http.Request) bool {
		once.Do(func() { close(arrived) })
		<-hold
		return false
	})
	var crowd sync.WaitGroup
	for n := range 50 {
		token := sign(t, i.person(map[string]any{"sub": fmt.Sprint(n)}))
		crowd.Go(func() {
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	<-arrived
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Verify(impatient, sign(t, i.person(map[string]any{"sub": "impatient"})))
	unavailable(t, "who does not wait", err)
	close(hold)
	crowd.Wait()
	if got := i.count(); got != 1 {
		t.Errorf("keys were fetched %d times", got)
	}
}

// TestKeysOfNobodyElse has metadata and keys that are not to be trusted.
func TestKeysOfNobodyElse(t *testing.T) {
	t.Parallel()
	evil := newIssuer(t)
	metadata := func(i *issuer, issuer, keys string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/keys") {
				return false
			}
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, strings.ReplaceAll(issuer, "HERE", i.URL), strings.ReplaceAll(keys, "HERE", i.URL))
			return true
		}
	}
	const itself, place = "HERE/" + ourTenant + "/v2.0", "HERE/" + ourTenant + "/discovery/v2.0/keys"
	for name, answer := range map[string]func(i *issuer) func(http.ResponseWriter, *http.Request) bool{
		"another issuer": func(i *issuer) func(http.ResponseWriter, *http.Request) bool {
			return metadata(i, "HERE/"+otherTenant+"/v2.0", place)
		},
		"another host": func(i *issuer) func(http.ResponseWriter, *http.Request) bool {
			return metadata(i, itself, evil.URL+"/"+ourTenant+"/discovery/v2.0/keys")
		},
		"a user before": func(i *issuer) func(http.ResponseWriter, *http.Request) bool {
			return metadata(i, itself, strings.Replace(i.URL, "https://", "https://u@", 1)+"/"+ourTenant+"/discovery/v2.0/keys")
		},
		"http": func(i *issuer) func(http.ResponseWriter, *http.Request) bool {
			return metadata(i, itself, strings.Replace(i.URL, "https", "http", 1)+"/"+ourTenant+"/discovery/v2.0/keys")
		},
		"no place": func(i *issuer) func(http.ResponseWriter, *http.Request) bool { return metadata(i, itself, "") },
		"a redirect": func(*issuer) func(http.ResponseWriter, *http.Request) bool {
			return func(w http.ResponseWriter, r *http.Request) bool {
				http.Redirect(w, r, evil.URL+r.URL.Path, http.StatusFound)
				return true
			}
		},
		"not JSON": func(*issuer) func(http.ResponseWriter, *http.Request) bool {
			return func(w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write([]byte("<html>")); return true }
		},
		"without an end": func(*issuer) func(http.ResponseWriter, *http.Request) bool {
			return func(w http.ResponseWriter, _ *http.Request) bool {
				_, _ = w.Write([]byte(strings.Repeat(" ", maxKeyDocument+10)))
				return true
			}
		},
		"an empty answer": func(*issuer) func(http.ResponseWriter, *http.Request) bool {
			return func(http.ResponseWriter, *http.Request) bool { return true }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			i.answers(answer(i))
			v := i.verifier(t, func(c *VerifierConfig) { c.HTTP = &http.Client{Transport: stays{t, i}} })
			_, err := v.Verify(t.Context(), sign(t, i.person()))
			unavailable(t, name, err)
		})
	}
}

// stays fails the test when a request leaves the issuer.
type stays struct {
	t *testing.T
	i *issuer
}

func (s stays) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.String(), s.i.URL+"/") {
		s.t.Errorf("%s is asked", r.URL)
	}
	return s.i.Client().Transport.RoundTrip(r)
}

// TestKeysOfWhoIsGone has the caller give up for whose token keys are fetched: they are others', too.
func TestKeysOfWhoIsGone(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	v := i.verifier(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Verify(gone, sign(t, i.person())); err != nil {
		t.Error(err)
	}
}

// TestUnusableKeys has tokens whose key is not one to check them by.
func TestUnusableKeys(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skipf("no weak key can be made: %v", err)
	}
	sound := publish("one", &rsaKeys()[0].PublicKey)
	changed := func(change func(*publicKey)) []publicKey {
		k := sound
		change(&k)
		return []publicKey{k, publish("two", &rsaKeys()[1].PublicKey)}
	}
	many := make([]publicKey, maxKeys+1)
	for n := range many {
		many[n] = publish(fmt.Sprint(n), &rsaKeys()[0].PublicKey)
	}
	for name, row := range map[string]struct {
		keys []publicKey
		fail bool // the whole set
	}{
		"for encryption":        {keys: changed(func(k *publicKey) { k.Use = "enc" })},
		"for another algorithm": {keys: changed(func(k *publicKey) { k.Algorithm = "RS512" })},
		"of another kind":       {keys: changed(func(k *publicKey) { k.Type = "EC" })},
		"symmetric":             {keys: changed(func(k *publicKey) { k.Type = "oct" })},
		"of personal accounts": {keys: changed(func(k *publicKey) {
			k.Issuer = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"
		})},
		"no modulus":       {keys: changed(func(k *publicKey) { k.Modulus = "" })},
		"exponent 1":       {keys: changed(func(k *publicKey) { k.Exponent = "AQ" })},
		"a large exponent": {keys: changed(func(k *publicKey) { k.Exponent = "AQABAQABAQAB" })},
		"weak":             {keys: []publicKey{publish("one", &weak.PublicKey), publish("two", &rsaKeys()[1].PublicKey)}},
		"none":             {fail: true},
		"too many":         {keys: many, fail: true},
		"two of one name":  {keys: []publicKey{sound, publish("one", &rsaKeys()[1].PublicKey)}, fail: true},
	} {
		i := newIssuer(t)
		i.publishes(row.keys...)
		_, err := i.verifier(t).Verify(t.Context(), sign(t, i.person()))
		if row.fail {
			unavailable(t, name, err)
		} else if !isUnknownKey(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	i := newIssuer(t)
	sound.Issuer, sound.Algorithm = i.URL+"/{tenantid}/v2.0", "RS256"
	i.publishes(sound, sound)
	if _, err := i.verifier(t).Verify(t.Context(), sign(t, i.person())); err != nil {
		t.Errorf("a key for all tenants: %v", err)
	}
}

func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	s := newSeen(3)
	for n := range byte(5) {
		s.put(digest{n}, &verified{keyID: fmt.Sprint(n)})
		s.get(digest{0}) // used all the time
	}
	for n, want := range []bool{true, false, false, true, true} {
		if got := s.get(digest{byte(n)}) != nil; got != want {
			t.Errorf("token %d is remembered: %v, want %v", n, got, want)
		}
	}
	s.remove(digest{0})
	s.remove(digest{0})
	if got := s.tokens.Len(); got != 2 {
		t.Errorf("%d are left, want 2", got)
	}
}
