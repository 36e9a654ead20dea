package oauth

// Refused is a bearer token that lets nobody in. It never repeats the token. It is immutable.
type Refused struct{ code, message, hint, scope string }

// Error returns what is wrong with the token.
func (r *Refused) Error() string { return r.message }

// Hint returns what to do next.
func (r *Refused) Hint() string { return r.hint }

// Challenge returns what to write into WWW-Authenticate (RFC 6750, section 3): a code, a description in the characters
// that it may have, and the scope that is needed, or "".
func (r *Refused) Challenge() (code, description, scope string) {
	return r.code, ascii(r.message + ": " + r.hint), r.scope
}

// expired is the refusal of a token whose time is over.
func expired(hint string) *Refused { return refuse("the access token has expired", hint) }

func refuse(message, hint string) *Refused {
	return &Refused{code: "invalid_token", message: message, hint: hint}
}

// malformed is the refusal of what no authority would issue.
func malformed() *Refused {
	return refuse("the access token is not a signed JSON Web Token", "send what Microsoft Entra returned as access_token, as it is")
}

func insufficient(message, hint, scope string) *Refused {
	return &Refused{code: "insufficient_scope", message: message, hint: hint, scope: scope}
}

// Insufficient returns the refusal of a good token that opens nothing here; scope is what would, or "".
func Insufficient(scope string) *Refused {
	return insufficient("the access token has no permission that opens anything here",
		"ask for a scope that the server's metadata names, or have an administrator assign an app role", scope)
}
