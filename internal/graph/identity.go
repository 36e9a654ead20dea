package graph

import "context"

// TokenRequest says for what a token is needed.
type TokenRequest struct {
	Audience string // origin of the service, such as https://graph.microsoft.com
	Claims   string // decoded claims challenge of a 401 (JSON), or ""
	Rejected string // the token that the service has just refused, or ""
}

// Authorizer issues the access tokens that a [Client] sends. It is called for every request, from many
// goroutines at once, and must answer from memory while its token is good.
type Authorizer interface {
	Token(ctx context.Context, r TokenRequest) (string, error)
}
