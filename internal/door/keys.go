package door

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Key lets whoever shows it in.
type Key struct {
	Name     string
	SHA256   [sha256.Size]byte // of the key's text
	Profiles []string          // it may use; nil: all that are served
	Expires  time.Time         // from when on it opens nothing; zero: never
	ReadOnly bool              // it only reads, whatever the profiles may do
}

// credential is what a request shows to be let in.
type credential struct {
	text  string
	token bool // it came where a token has to (RFC 6750, section 2.1); an API key may come there, too
}

// presented finds the credential in the places where clients put it, ?api_key= among them if query says so. Two
// different ones are none.
func presented(r *http.Request, query bool) (credential, *refusal) {
	var found []credential
	for _, value := range r.Header.Values("Authorization") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
		bearer := strings.EqualFold(scheme, "Bearer")
		if bearer || strings.EqualFold(scheme, "ApiKey") {
			found = append(found, credential{text: strings.TrimSpace(rest), token: bearer})
		}
	}
	for _, value := range r.Header.Values("X-API-Key") {
		found = append(found, credential{text: value})
	}
	if r.URL.RawQuery != "" {
		asked := r.URL.Query()
		if asked.Has("access_token") { // RFC 6750, section 2.3, as OAuth 2.1 has it: URLs are written down everywhere
			return credential{}, badRequest("a token does not belong into the URL: send it in the Authorization header")
		}
		if query {
			found = append(found, inQuery(asked)...)
		}
	}
	for _, other := range found {
		if other.text != found[0].text || other.text == "" {
			return credential{}, badRequest("one credential is needed, not several different or empty ones")
		}
	}
	if len(found) == 0 {
		return credential{}, &refusal{status: http.StatusUnauthorized, reason: logNone}
	}
	return found[0], nil
}

func inQuery(asked url.Values) (found []credential) {
	for _, value := range asked["api_key"] {
		found = append(found, credential{text: value})
	}
	return found
}

func badRequest(description string) *refusal {
	return &refusal{status: http.StatusUnauthorized, reason: reasonKey, code: "invalid_request", description: description}
}

// keyring checks API keys.
type keyring struct {
	keys []Key
	now  func() time.Time
}

// find returns the key of a hash, or nil.
func (k keyring) find(sum [sha256.Size]byte) *Key {
	match := -1
	for i := range k.keys { // all of them, so that time does not tell which
		if subtle.ConstantTimeCompare(sum[:], k.keys[i].SHA256[:]) == 1 {
			match = i
		}
	}
	if match < 0 {
		return nil
	}
	return &k.keys[match]
}

// authenticate returns whom a key stands for. served are the names of all profiles.
func (k keyring) authenticate(ctx context.Context, sum [sha256.Size]byte, revoked *revocations, served []string) (Principal, *refusal) {
	key := k.find(sum)
	if key == nil {
		return Principal{}, &refusal{status: http.StatusUnauthorized, reason: reasonKey, code: "invalid_token", description: "this is no key of this server", attempt: true}
	}
	if !key.Expires.IsZero() && !k.now().Before(key.Expires) {
		return Principal{}, &refusal{status: http.StatusUnauthorized, reason: logExpired, code: "invalid_token", description: "this key has expired", who: key.Name}
	}
	switch gone, err := revoked.has(ctx, sum); {
	case err != nil:
		return Principal{}, &refusal{status: http.StatusServiceUnavailable, reason: reasonUnavailable, who: key.Name, err: err}
	case gone:
		return Principal{}, &refusal{status: http.StatusUnauthorized, reason: logRevoked, code: "invalid_token", description: "this key was revoked", who: key.Name}
	}
	p := Principal{Name: key.Name, Profiles: key.Profiles}
	if key.ReadOnly {
		p.ReadOnly = served
	}
	return p, nil
}

// revocations knows the keys that were revoked while the server ran: whoever revokes one puts revoked/ and the hex hash
// of it into what the replicas share. A verdict holds for some seconds; where nobody can be asked for a new one, the last
// holds on for a minute.
type revocations struct {
	store Store
	now   func() time.Time

	mu       sync.Mutex
	verdicts map[[sha256.Size]byte]*verdict // guarded by mu; of the keys that there are
}

type verdict struct {
	revoked bool
	at      time.Time // zero: there is none yet
	asked   time.Time // the last time
}

const (
	verdictLife  = 5 * time.Second
	verdictStale = time.Minute
	verdictRetry = time.Second     // between questions where there was no answer
	verdictWait  = 2 * time.Second // for an answer
)

func newRevocations(s Store) *revocations {
	return &revocations{store: s, now: time.Now, verdicts: map[[sha256.Size]byte]*verdict{}}
}

// has tells whether a key was revoked. One request at a time asks for a new verdict; the others go by the last.
func (r *revocations) has(ctx context.Context, sum [sha256.Size]byte) (bool, error) {
	r.mu.Lock()
	v, ok := r.verdicts[sum]
	if !ok {
		v = &verdict{}
		r.verdicts[sum] = v
	}
	now := r.now()
	usable := !v.at.IsZero() && now.Sub(v.at) < verdictStale
	if usable && (now.Sub(v.at) < verdictLife || now.Sub(v.asked) < verdictRetry) {
		defer r.mu.Unlock()
		return v.revoked, nil
	}
	v.asked = now
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, verdictWait)
	defer cancel()
	_, revoked, err := r.store.Get(ctx, "revoked/"+hex.EncodeToString(sum[:]))
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		v.revoked, v.at = v.revoked || revoked, r.now() // a store that has forgotten gives no key back
	case !usable:
		return false, err
	}
	return v.revoked, nil
}

// keep forgets the verdicts on all other keys.
func (r *revocations) keep(keys []Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for sum := range r.verdicts {
		if !slices.ContainsFunc(keys, func(k Key) bool { return k.SHA256 == sum }) {
			delete(r.verdicts, sum)
		}
	}
}
