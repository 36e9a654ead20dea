// Package entra answers the question "who are we?": it gets access tokens from
// Microsoft Entra ID and keeps them in memory until they are to be renewed. It
// is the only importer of MSAL, and no type of MSAL leaves it.
//
// An identity is asked for a token before every call to an API. It answers from
// memory while its token is good; else one request goes out however many
// callers wait. A failure is an [Error], which names Entra's code and its cure,
// and is remembered for a while, so that many callers make no storm.
//
// Rules of the package: a token and a secret are a secret.Text wherever they
// rest; the text of an error is our own or a part of Entra's answer that was
// chosen and cleaned, never MSAL's, which prints whole bodies.
//
// Every kind of credential has a file of its own, after [SecretSource]'s
// (clientsecret.go).
package entra
