package entra

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const (
	// secretTimeout ends the reading of a secret. Sources have shorter ones of
	// their own; a keyring's prompt has the longest.
	secretTimeout = 90 * time.Second

	maxRetries   = 2
	firstBackoff = 500 * time.Millisecond
	longestWait  = 10 * time.Second // a Retry-After beyond it ends the request

	skewTolerated = 5 * time.Minute
)

// acquire makes one request for a token, retries included. Its errors are *Error.
func (a *App) acquire(ctx context.Context, n need) (*token, error) {
	client, x, failed := a.confidential(ctx, a.cred, nil)
	if failed != nil {
		return nil, failed
	}
	var t *token
	if failed = x.persist(ctx, func(ctx context.Context) *Error {
		res, err := client.AcquireTokenByCredential(ctx, []string{a.scope(n.audience)}, confidential.WithClaims(n.claims))
		if err != nil {
			return x.explain(a.now())
		}
		var bad *Error
		t, bad = a.accept(res.AccessToken, n.claims, time.Until(res.ExpiresOn), until(res.Metadata.RefreshOn))
		return bad
	}); failed != nil {
		return nil, failed
	}
	return t, nil
}

// persist repeats a request that failed for what may pass by itself, within requestTimeout.
func (x *exchange) persist(ctx context.Context, request func(context.Context) *Error) *Error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		x.last = nil
		failed := request(ctx)
		if failed == nil {
			return nil
		}
		wait := max(failed.RetryAfter, firstBackoff<<attempt)
		if failed.class != transient || attempt == maxRetries || wait > longestWait || !fits(ctx, wait) {
			return failed
		}
		if x.sleep(ctx, wait) != nil {
			return failed
		}
	}
}

// fits reports whether ctx leaves the time to wait d.
func fits(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || time.Until(deadline) > d)
}

// accept makes a token of what the authority gave; refreshIn is 0 where it did not say.
func (c *client) accept(text, claims string, lifetime, refreshIn time.Duration) (*token, *Error) {
	if !isTokenText(text) {
		return nil, c.config.newError("the authority at "+c.cloud.host+" answered with an access_token that no header can carry",
			c.config.strangeHint(permanent, c.cloud.host))
	}
	if lifetime <= 0 {
		return nil, c.config.newError("the authority at "+c.cloud.host+" answered with a token that has already expired",
			"check the clock of this machine and the cloud of profile {profile}")
	}
	t := newToken(text, claims, c.now(), lifetime, refreshIn)
	if said := readClaims(t.value); said.Expires != 0 {
		skew := t.expires.Sub(time.Unix(int64(said.Expires), 0))
		if skew.Abs() > skewTolerated {
			c.log.Warn("the clock of this machine differs from the authority's: set it", "by", skew.Round(time.Second).String())
		}
	}
	return t, nil
}

// until is time.Until, with 0 for a time that is not set.
func until(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Until(t)
}

// isTokenText reports whether s can follow "Bearer" in a header (RFC 6750, 2.1).
func isTokenText(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// isObject reports whether s is a JSON object.
func isObject(s string) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal([]byte(s), &fields) == nil && fields != nil
}

// shows reports whether text shows what must not be seen.
func (x *exchange) shows(text string) bool {
	return slices.ContainsFunc(x.hidden, func(h secret.Text) bool { return !h.IsZero() && strings.Contains(text, h.Reveal()) })
}
