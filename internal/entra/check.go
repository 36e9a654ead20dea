package entra

import (
	"context"
	"errors"
	"time"
)

// checkedLife is for how long a token proves that the authority takes the credential. Those of people have to be renewed
// with it, so that an hour would be long.
const checkedLife = 5 * time.Minute

// newCheck returns what gets a token for the app itself, which is good for nothing but to prove the credential: one
// needs no permission for it.
func (s served) newCheck() *keeper {
	own := *s.client
	own.kind, own.config.Scopes = kindApp, nil // it is asked for /.default
	app := &App{cred: s.cred}
	app.keeper = newKeeper(&own, func(ctx context.Context, n need) (*token, error) {
		return s.through(ctx, func(ctx context.Context) (*token, *Error) {
			t, err := app.acquire(ctx, n)
			if err != nil {
				failed, _ := errors.AsType[*Error](err)
				return nil, failed
			}
			now := s.now()
			return newToken(t.value.Reveal(), n.claims, now, min(t.expires.Sub(now), checkedLife), 0), nil
		})
	})
	return app.keeper
}

// Check reports whether tokens can be had at all, as far as that shows without a person: whether the credential can be
// read, and whether the authority takes it. What it found holds for minutes. At a tenant that stands for many
// (common, organizations, consumers) no app can be asked for by itself, and nothing is asked there.
func (s *served) Check(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	if _, err := s.cred.open(limited, s.config); err != nil {
		return err
	}
	if isAlias(s.config.TenantID) {
		return nil
	}
	_, err := s.proven.hold(ctx, Request{Audience: s.config.Audiences[0]})
	return err
}
