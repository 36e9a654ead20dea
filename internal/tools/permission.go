package tools

import (
	"net/http"
	"strings"
)

// The modes of [Profile.Mode].
const (
	interactive       = "interactive"
	clientCredentials = "clientCredentials"
)

// need returns the least privileged permission that a call needs of a profile as it acts, " + " between several; "" where
// that is not known, or there is none. What is not described itself is taken for a part of what stands before it in the path.
func (p *Profile) need(method, path string) string {
	if p.Catalog == nil {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	o, ok := p.Catalog.At(method, path)
	for !ok {
		cut := strings.LastIndexByte(strings.TrimRight(path, "/"), '/')
		if cut < 0 || strings.Count(path[:cut], "/") < 3 { // a user or a group has parts of all kinds
			return ""
		}
		path = path[:cut]
		for _, kin := range kindred(method) {
			if o, ok = p.Catalog.At(kin, path); ok {
				break
			}
		}
	}
	needed := o.Delegated
	if p.Mode == clientCredentials {
		needed = o.Application
	}
	return strings.TrimPrefix(needed, "-")
}

// kindred are the methods whose permissions tell about another's on a part.
func kindred(method string) []string {
	if method == http.MethodGet {
		return []string{http.MethodGet}
	}
	return []string{method, http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodDelete}
}
