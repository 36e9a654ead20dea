package entra

import (
	"context"
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// SecretSource reads a client secret. An error of it may have a Hint() string.
type SecretSource interface {
	Read(ctx context.Context) (secret.Text, error)
}

// credential is what an app proves itself with, one type for each kind.
type credential interface {
	// open returns the credential for one request, and the text in it that must
	// not be seen in any message.
	open(ctx context.Context) (confidential.Credential, secret.Text, error)
}

// clientSecret is the kind "client secret".
type clientSecret struct{ source SecretSource }

func (c clientSecret) open(ctx context.Context) (confidential.Credential, secret.Text, error) {
	text, err := c.source.Read(ctx)
	if err != nil {
		return confidential.Credential{}, secret.Text{}, err
	}
	if text.IsZero() {
		return confidential.Credential{}, secret.Text{}, errors.New("reading the client secret: it is empty")
	}
	cred, err := confidential.NewCredFromSecret(text.Reveal())
	return cred, text, err
}
