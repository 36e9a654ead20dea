package entra

import (
	"context"
	"time"
)

// Inspect finds out whether a credential can be read and used, as far as that shows without asking the authority, and
// when it expires: of a certificate, also of one that has expired; zero of any other. Its errors are *Error.
func Inspect(ctx context.Context, c Config, cred Credential) (expires time.Time, err error) {
	inner, err := newClient(c)
	if err != nil {
		return time.Time{}, err
	}
	_, err = cred.open(ctx, inner.config)
	if dated, ok := cred.(interface{ expires() time.Time }); ok {
		expires = dated.expires()
	}
	if err != nil {
		return expires, inner.config.unreadError(err)
	}
	return expires, nil
}
