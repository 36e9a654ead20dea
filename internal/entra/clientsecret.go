package entra

import (
	"context"
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// SecretSource reads a secret. An error of it may have a Hint() string.
type SecretSource interface {
	Read(ctx context.Context) (secret.Text, error)
}

// clientSecret is the kind "client secret".
type clientSecret struct{ source SecretSource }

// ClientSecret proves an app by a client secret that source reads.
func ClientSecret(source SecretSource) Credential { return clientSecret{source} }

func (c clientSecret) open(ctx context.Context, _ Config) (proof, error) {
	text, err := c.source.Read(ctx)
	if err != nil {
		return proof{}, err
	}
	if text.IsZero() {
		return proof{}, errors.New("reading the client secret: it is empty")
	}
	cred, err := confidential.NewCredFromSecret(text.Reveal())
	return proof{msal: cred, hidden: text}, err
}
