// Package oauth says who calls over HTTP, where it is not an API key that does.
//
// [Verifier] checks access tokens that Microsoft Entra ID issued for this server: the client signed in there by itself.
// [Server] is an authorization server of our own in front of Entra, for clients that Entra does not know: it signs
// people in there, keeps what came of it sealed, and gives the client tokens that mean nothing to anybody else.
//
// In neither way is a token that a client brings sent on, and no client ever gets one for Microsoft Graph.
package oauth
