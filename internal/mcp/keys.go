package mcp

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Key lets whoever shows it in.
type Key struct {
	Name     string
	SHA256   [sha256.Size]byte // of the key's text
	Profiles []string          // it may use; nil: all that are served
}

// keyring checks API keys.
type keyring struct {
	keys  []Key
	query bool // ?api_key= is taken, too
}

// authenticate returns who asks. Without keys everybody may; that is allowed on loopback alone.
func (k keyring) authenticate(r *http.Request) (principal, bool) {
	if len(k.keys) == 0 {
		return principal{}, true
	}
	presented, ok := k.presented(r)
	if !ok {
		return principal{}, false
	}
	sum := sha256.Sum256([]byte(presented))
	match := -1
	for i := range k.keys { // all of them, so that time does not tell which
		if subtle.ConstantTimeCompare(sum[:], k.keys[i].SHA256[:]) == 1 {
			match = i
		}
	}
	if match < 0 {
		return principal{}, false
	}
	return principal{name: k.keys[match].Name, profiles: k.keys[match].Profiles}, true
}

// presented finds the key in the places where clients put it. Two different ones are none.
func (k keyring) presented(r *http.Request) (string, bool) {
	var found []string
	for _, value := range r.Header.Values("Authorization") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
		if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "ApiKey") {
			found = append(found, strings.TrimSpace(rest))
		}
	}
	found = append(found, r.Header.Values("X-API-Key")...)
	if k.query {
		found = append(found, r.URL.Query()["api_key"]...)
	}
	for _, other := range found {
		if other != found[0] || other == "" {
			return "", false
		}
	}
	if len(found) == 0 {
		return "", false
	}
	return found[0], true
}
