package entrasim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// requestedClaims is what a claims parameter asks for
// (https://learn.microsoft.com/entra/identity-platform/claims-challenge).
type requestedClaims struct {
	CanBeChallenged bool     // the client capability cp1
	NotBefore       int64    // of a claims challenge, in seconds since 1970; 0 without one
	Policies        []string // of Conditional Access, which the sign-in shall satisfy
}

// readClaims reads a claims parameter, which may be missing.
func readClaims(text string) (requestedClaims, *refusal) {
	if text == "" {
		return requestedClaims{}, nil
	}
	var doc struct {
		AccessToken struct {
			Capabilities struct {
				Values []string `json:"values"`
			} `json:"xms_cc"`
			NotBefore struct {
				Value string `json:"value"`
			} `json:"nbf"`
			Policies struct {
				Values []string `json:"values"`
			} `json:"polids"`
		} `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return requestedClaims{}, refuse(invalidRequest, 9002313, "The parameter 'claims' is not the JSON that it has to be.")
	}
	c := requestedClaims{Policies: doc.AccessToken.Policies.Values}
	c.CanBeChallenged = slices.ContainsFunc(doc.AccessToken.Capabilities.Values, func(v string) bool { return strings.EqualFold(v, "cp1") })
	if value := doc.AccessToken.NotBefore.Value; value != "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds < 0 || seconds >= 1<<39 { // room for it in a token's identifier
			return requestedClaims{}, refuse(invalidRequest, 9002313, "The claim 'nbf' in the parameter 'claims' is no time.")
		}
		c.NotBefore = seconds
	}
	return c, nil
}

// or joins what two requests of one sign-in ask for.
func (c requestedClaims) or(other requestedClaims) requestedClaims {
	return requestedClaims{c.CanBeChallenged || other.CanBeChallenged, max(c.NotBefore, other.NotBefore), slices.Concat(c.Policies, other.Policies)}
}

// Challenge makes APIs challenge every access token that can be challenged, as continuous access evaluation does
// (https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation), until one
// comes that was requested with the claims of the challenge.
func (e *Entra) Challenge() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.challenge = max(e.now().Unix(), e.challenge+1)
}

// challenged returns the claim that an access token lacks, 0 where it lacks none.
func (e *Entra) challenged(c claims, id tokenID) int64 {
	if !c.canBeChallenged() {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if rev, ok := e.sessions.revoked[c.ObjectID]; ok && id.serial <= rev.token {
		return max(rev.at.Unix(), e.challenge)
	}
	if id.notBefore < e.challenge {
		return e.challenge
	}
	return 0
}
