package entra

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const (
	devicePace = 5 * time.Second // between polls where the authority does not say (RFC 8628, section 3.5)
	longPace   = time.Minute
)

// startDevice asks for a device code and waits for the person in the background.
func (u *User) startDevice(ctx, life context.Context, s *SignIn) *Error {
	x := &exchange{client: u.client}
	msal, failed := u.msal(x, u.config.TenantID, nil)
	if failed != nil {
		return failed
	}
	scopes := u.scopes(u.config.Audiences[0])
	_, further, claims := u.consentScopes()
	s.asks = further
	var code public.DeviceCode
	failed = x.persist(ctx, func(ctx context.Context) *Error {
		var err error
		if code, err = msal.AcquireTokenByDeviceCode(ctx, scopes, public.WithClaims(claims)); err != nil {
			return x.explainPerson(u.now(), err)
		}
		return nil
	})
	if failed != nil {
		return failed
	}
	page, err := url.Parse(code.Result.VerificationURL)
	if err != nil || page.Scheme != "https" || page.Host == "" || code.Result.UserCode == "" {
		return u.config.newError("the authority at "+u.cloud.host+" named no page to type a code at", u.config.strangeHint(permanent, u.cloud.host))
	}
	s.URL, s.UserCode = page.String(), tidy(code.Result.UserCode)
	if expires := code.Result.ExpiresOn; expires.Before(s.Expires) {
		s.Expires = expires
	}
	x.hidden = []secret.Text{secret.NewText(code.Result.DeviceCode)}
	x.pace = &pace{every: time.Duration(code.Result.Interval) * time.Second}
	if x.pace.every <= 0 {
		x.pace.every = u.devicePace
	}
	u.spawn(func() { s.end(u.awaitDevice(life, s, x, code)) })
	return nil
}

// awaitDevice polls until the person has decided.
func (u *User) awaitDevice(ctx context.Context, s *SignIn, x *exchange, code public.DeviceCode) (person, *Error) {
	for {
		_, err := code.AuthenticationResult(ctx)
		if g, ok := x.granted(); ok {
			return u.admit(ctx, s, g, "")
		}
		switch {
		case context.Cause(ctx) != nil:
			return person{}, u.ended(context.Cause(ctx))
		case !time.Now().Before(code.Result.ExpiresOn):
			return person{}, u.ended(errTooLate)
		}
		failed := x.explainPerson(u.now(), err)
		if failed.class == transient && u.sleep(ctx, max(failed.RetryAfter, u.devicePace)) == nil {
			continue // a person at the keyboard is not sent away for a failing network
		}
		switch failed.OAuth {
		case "authorization_declined":
			failed = u.unsigned("the person declined the sign-in to profile " + u.config.Profile)
		case "expired_token", "bad_verification_code", "code_expired":
			failed = u.ended(errTooLate)
		}
		return person{}, failed
	}
}

// pace spaces out the polls for a device code, which MSAL sends too quickly, and without heeding slow_down (RFC 8628,
// section 3.5).
type pace struct {
	every time.Duration
	last  time.Time
}

// before waits until the next poll is due.
func (p *pace) before(ctx context.Context, c *client) error {
	wait := p.every
	if !p.last.IsZero() {
		wait -= time.Since(p.last)
	}
	if wait > 0 {
		if err := c.sleep(ctx, wait); err != nil {
			return err
		}
	}
	p.last = time.Now()
	return nil
}

// after heeds the authority's answer.
func (p *pace) after(said *answer) {
	if said.status == http.StatusBadRequest && strings.Contains(string(said.body), `"slow_down"`) {
		p.every = min(p.every+devicePace, longPace)
	}
}
