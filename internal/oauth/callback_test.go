package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// unsure plays a sign-in whose page cannot be had, while there is an error.
type unsure struct {
	*entra
	err error
}

func (u *unsure) AuthorizeURL(ctx context.Context, s oauth.UpstreamSignIn) (string, error) {
	if u.err != nil {
		return "", u.err
	}
	return u.entra.AuthorizeURL(ctx, s)
}

// Anybody who registers a client gets as far as the server's own credential: what is wrong with it is for the log.
func TestWhatIsTheServersOwnIsNotShown(t *testing.T) {
	t.Parallel()
	secret := fmt.Errorf("renewing: %w", errors.New("the command /opt/vault failed: hvs.SECRET denied at https://vault.internal:8200"))
	for name, walk := range map[string]func(d *desk) page{
		"before the sign-in": func(d *desk) page {
			b := d.browser()
			return d.answer(b, d.get(b, "/oauth/authorize", asks(d.client())), "approve")
		},
		"after it": func(d *desk) page {
			b := d.browser()
			d.upstream.broken = secret
			return d.get(b, "/oauth/callback", url.Values{"state": {d.begin(b, asks(d.client()))}, "code": {"ada"}})
		},
	} {
		d := newDesk(t, func(c *oauth.ServerConfig) {
			if name == "before the sign-in" {
				c.Upstream = &unsure{c.Upstream.(*entra), secret}
			}
		})
		p := walk(d)
		if p.status != http.StatusServiceUnavailable || !strings.Contains(p.body, "This server cannot sign anybody in at the moment.") || !strings.Contains(p.body, "error=server_error") {
			t.Errorf("%s: %d %s", name, p.status, p.body)
		}
		for _, s := range []string{"/opt/vault", "hvs.", "vault.internal"} {
			if strings.Contains(p.body, s) {
				t.Errorf("%s: the page holds %s", name, s)
			}
			if !strings.Contains(d.log.String(), s) {
				t.Errorf("%s: the log does not hold %s: %s", name, s, d.log)
			}
		}
	}
}

// The page names the request, by which the log is searched.
func TestPageNamesTheRequest(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	inner := d.web.Config.Handler
	d.web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "4711-0815")
		inner.ServeHTTP(w, r)
	})
	b := d.browser()
	d.upstream.broken = errors.New("no")
	if p := d.get(b, "/oauth/callback", url.Values{"state": {d.begin(b, asks(d.client()))}, "code": {"ada"}}); !strings.Contains(p.body, "Request 4711-0815") {
		t.Errorf("%s", p.body)
	}
}

// A consent screen's answer leads to one sign-in: two clicks to the same, and none after it has ended.
func TestConsentCountsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.browser()
	consent := d.get(b, "/oauth/authorize", asks(d.client()))
	first, second := d.answer(b, consent, "approve"), d.answer(b, consent, "approve")
	if first.status != http.StatusSeeOther || second.status != http.StatusSeeOther || first.location.String() != second.location.String() || len(d.upstream.flows) != 1 {
		t.Errorf("two clicks: %v and %v", first.location, second.location)
	}
	if p := d.get(b, "/oauth/callback", url.Values{"state": {first.location.Query().Get("state")}, "code": {"ada"}}); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.body)
	}
	for range 2 {
		if p := d.answer(b, consent, "approve"); p.status != http.StatusBadRequest || p.location != nil || !strings.Contains(p.body, "answered already") {
			t.Errorf("after the sign-in: %d %v", p.status, p.location)
		}
	}
	if p := d.get(b, "/oauth/callback", url.Values{"state": {first.location.Query().Get("state")}, "code": {"ada"}}); p.status != http.StatusBadRequest {
		t.Errorf("the sign-in is there again: %d", p.status)
	}
}

// A sign-in that could not begin leaves nothing, and the same answer begins it later.
func TestConsentAfterAnOutage(t *testing.T) {
	t.Parallel()
	var away *unsure
	d := newDesk(t, func(c *oauth.ServerConfig) {
		away = &unsure{c.Upstream.(*entra), errors.New("away")}
		c.Upstream = away
	})
	b := d.browser()
	consent := d.get(b, "/oauth/authorize", asks(d.client()))
	if p := d.answer(b, consent, "approve"); p.status != http.StatusServiceUnavailable || d.store.held() != 0 {
		t.Errorf("%d, %d bytes are kept", p.status, d.store.held())
	}
	away.err = nil
	if p := d.answer(b, consent, "approve"); p.status != http.StatusSeeOther {
		t.Errorf("the same answer later: %d %s", p.status, p.body)
	}
}

// Strangers without a ticket do not use up what all have together.
func TestStrangersDoNotSpendTheConsentOfAll(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i := range 6 * 240 {
		r, err := http.NewRequest(http.MethodPost, d.issuer+"/oauth/consent", strings.NewReader("ticket=x"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-From", fmt.Sprint("203.0.113.", i%6))
		d.do(d.web.Client(), r)
	}
	b := d.browser()
	if p := d.answer(b, d.get(b, "/oauth/authorize", asks(d.client())), "approve"); p.status != http.StatusSeeOther {
		t.Errorf("%d %s", p.status, p.body)
	}
}

// What is kept of a sign-in that nobody ends is small, whatever its client sends.
func TestSignInThatNobodyEndsIsSmall(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	redirect := loopback + "?" + strings.Repeat("&", 600)
	values := asks(d.client(redirect, loopback+"/"+strings.Repeat("x", 900)))
	values.Set("redirect_uri", redirect)
	values.Set("state", strings.Repeat("&", 2048))
	values.Set("login_hint", strings.Repeat("&", 256))
	b := d.browser()
	consent := d.get(b, "/oauth/authorize", values)
	if p := d.answer(b, consent, "approve"); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.body)
	}
	if got := d.store.held(); got > 4<<10 {
		t.Errorf("%d bytes are kept", got)
	}
	values.Set("state", strings.Repeat(`"`, 2048))
	if p := d.get(b, "/oauth/authorize", values); p.status != http.StatusBadRequest || !strings.Contains(p.body, "too long together") {
		t.Errorf("%d %s", p.status, p.body)
	}
}
