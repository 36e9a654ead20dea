package door

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// refusal says why a request is not let in, and how that is answered.
type refusal struct {
	status int
	reason string // of reason.go; for the log and the counts
	who    string // the name of the key, where it is one
	err    error  // for the log; it holds no secret
	wait   time.Duration

	code, description, scope string // of the challenge (RFC 6750, section 3); code is "" where nothing was shown
	attempt                  bool   // it may be an attempt to guess a key, and is counted against its address
}

// worthReading is how long a body may be of a request that is refused, if its connection is to stay open.
const worthReading = 16 << 10

// authenticateTime bounds the look at a token, for which keys may have to be fetched.
const authenticateTime = 10 * time.Second

// LetIn returns who asks, and answers where that is nobody who may.
func (d *Door) LetIn(w http.ResponseWriter, r *http.Request) (Principal, bool) {
	p, no := d.identify(r)
	if no != nil {
		d.refuse(w, r, no)
	}
	return p, no == nil
}

// Open tells that everybody may ask: no keys are configured. That is allowed on loopback alone.
func (d *Door) Open() bool { return len(d.keys.keys) == 0 && len(d.rules.Bearers) == 0 }

// AllowsPage tells whether a request for which a browser does not ask first may come from the page that it comes from: where
// everybody may ask, no key tells ours from others'. It answers where it may not.
func (d *Door) AllowsPage(w http.ResponseWriter, r *http.Request) bool {
	if !d.Open() || d.hosts.allowsKeyless(r) {
		return true
	}
	w.Header().Set("Connection", "close")
	d.refuseName(w, r, "Origin")
	return false
}

// Look returns who asks for something that everybody may know a part of, and whether that is somebody who may know more. A
// credential that is none is refused as everywhere, lest it be guessed here; then ok is false, and the request is answered.
func (d *Door) Look(w http.ResponseWriter, r *http.Request) (who Principal, known, ok bool) {
	if _, named := d.allows(r); !named {
		return Principal{}, false, true // such as a probe by an address
	}
	if _, no := presented(r, d.rules.QueryKey); no != nil && no.reason == logNone && !d.Open() {
		return Principal{}, false, true
	}
	who, ok = d.LetIn(w, r)
	note(r.Context(), who)
	return who, ok, ok
}

// identify finds out who asks.
func (d *Door) identify(r *http.Request) (Principal, *refusal) {
	if d.Open() {
		if !d.hosts.loopback {
			return Principal{}, &refusal{status: http.StatusUnauthorized, reason: logNobody}
		}
		return Principal{}, nil
	}
	c, no := presented(r, d.rules.QueryKey)
	if no != nil {
		return Principal{}, no
	}
	// A token is too long to be guessed, and costs little to refuse. Who comes with one that does not hold any more gets a
	// challenge each time, by which clients get a new one; and who comes with a good one takes no key's place in attempts.
	if bearer := d.bearerFor(c); bearer != nil {
		return d.byToken(r.Context(), bearer, c.text)
	}
	from, sum := remoteOf(r.Context()), sha256.Sum256([]byte(c.text))
	if wait := d.attempts.wait(from, sum); wait > 0 {
		return Principal{}, &refusal{status: http.StatusTooManyRequests, reason: logSlowed, wait: wait}
	}
	p, no := d.keys.authenticate(r.Context(), sum, d.revoked, d.house.Profiles)
	switch {
	case no == nil:
		d.attempts.succeeded(from, sum)
	case no.attempt:
		if wait := d.attempts.failed(from); wait > 0 {
			no.status, no.wait = http.StatusTooManyRequests, wait
		}
	}
	return p, no
}

// bearerFor returns who can tell whose a token is; nil where it is none.
func (d *Door) bearerFor(c credential) Authenticator {
	if !c.token {
		return nil
	}
	for _, b := range d.rules.Bearers {
		if b.Takes(c.text) {
			return b
		}
	}
	return nil
}

// byToken returns whom a token speaks for.
func (d *Door) byToken(ctx context.Context, bearer Authenticator, token string) (Principal, *refusal) {
	ctx, cancel := context.WithTimeout(ctx, authenticateTime)
	defer cancel()
	caller, err := bearer.Authenticate(ctx, token)
	if err != nil {
		return Principal{}, tokenRefusal(err)
	}
	if caller.Name == "" {
		return Principal{}, &refusal{status: http.StatusUnauthorized, reason: reasonToken, code: "invalid_token"}
	}
	return caller.principal(), nil
}

// tokenRefusal says what an error of an authenticator means for the caller.
func tokenRefusal(err error) *refusal {
	var away interface{ Unavailable() bool }
	if errors.As(err, &away) && away.Unavailable() || errors.Is(err, context.DeadlineExceeded) {
		return &refusal{status: http.StatusServiceUnavailable, reason: reasonUnavailable, err: err}
	}
	no := &refusal{status: http.StatusUnauthorized, reason: reasonToken, err: err, code: "invalid_token"}
	var challenge interface {
		Challenge() (code, description, scope string)
	}
	if errors.As(err, &challenge) {
		no.code, no.description, no.scope = challenge.Challenge()
	}
	if no.code == "insufficient_scope" {
		no.status = http.StatusForbidden
	}
	return no
}

// refuse answers a request that is not let in, and logs why; never what it showed.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, no *refusal) {
	attrs := []any{"reason", no.reason, "remote", r.RemoteAddr}
	if no.who != "" {
		attrs = append(attrs, "key", no.who)
	}
	if no.err != nil {
		attrs = append(attrs, "error", no.err)
	}
	level := slog.LevelWarn
	if no.reason == logNone { // how every client begins that signs people in
		level = slog.LevelInfo
	}
	d.house.Log.Log(r.Context(), level, "refused", attrs...)
	d.count(r.Context(), counted(no))
	if r.ContentLength < 0 || r.ContentLength > worthReading {
		w.Header().Set("Connection", "close") // the body is not worth reading
	}
	switch no.status {
	case http.StatusServiceUnavailable:
		refuseUnavailable(w)
	case http.StatusTooManyRequests:
		RetryAfter(w, no.wait)
		WriteError(w, no.status, "too many refused attempts from your address: wait and try again with the right key")
	case http.StatusForbidden:
		d.challenge(w, r, no)
		writeUnauthorized(w, no.status, "Forbidden", no.description)
	default:
		d.challenge(w, r, no)
		writeUnauthorized(w, http.StatusUnauthorized, "Unauthorized", no.description)
	}
}

// writeUnauthorized says in the body, too, what the challenge says: most clients show people nothing else.
func writeUnauthorized(w http.ResponseWriter, status int, word, description string) {
	answer := map[string]string{"error": word}
	if description != "" {
		answer["error_description"] = description
	}
	WriteJSON(w, status, answer)
}
