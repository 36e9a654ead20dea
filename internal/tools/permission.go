package tools

import (
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
)

// The modes of [Profile.Mode].
const (
	interactive       = "interactive"
	clientCredentials = "clientCredentials"
)

// need is what a call needs of a profile as it acts.
type need struct {
	permission string            // the least privileged one, " + " between several; "": there is none, or it is not known
	never      bool              // none helps: an app cannot make a call that only people can, and the other way round
	partOf     string            // the call before it in the path that all this is known of; "": it is known of the call itself
	ofMe       bool              // for the sole reason that an app is nobody's "me"
	known      catalog.Operation // the call that it is known of
}

// mostLevels is how far up a path the permission of what stands there still tells much of its parts: four out of five need
// the same, and farther down one half.
const mostLevels = 4

// need returns what a call needs. What is not described itself is taken for a part of what stands before it in the path.
func (p *Profile) need(method, path string) need {
	path, _, _ = strings.Cut(path, "?")
	if p.Mode == clientCredentials && ofMe(path) {
		return need{never: true, ofMe: true}
	}
	if p.Catalog == nil {
		return need{}
	}
	if o, ok := p.Catalog.At(method, path); ok {
		return p.needOf(o)
	}
	for range mostLevels {
		cut := strings.LastIndexByte(strings.TrimRight(path, "/"), '/')
		if cut < 0 || strings.Count(path[:cut], "/") < 3 || strings.EqualFold(path[cut:], "/workbook") {
			break // a user or a group has parts of all kinds, and what is in a workbook is Excel's, which no app may use
		}
		path = path[:cut]
		for _, kin := range kindred(method) {
			if o, ok := p.Catalog.At(kin, path); ok {
				return p.needOf(o).likely(kin + " " + path)
			}
		}
	}
	return need{}
}

// likely is what a part of a call needs. What no person can do with the whole some can do with a part.
func (n need) likely(whole string) need {
	if n.never && n.known.Application != "-" {
		return need{}
	}
	n.partOf = whole
	return n
}

// needOf returns what a call that is described needs.
func (p *Profile) needOf(o catalog.Operation) need {
	needed := o.Delegated
	if p.Mode == clientCredentials {
		needed = o.Application
	}
	if needed == "-" {
		return need{never: true, known: o}
	}
	return need{permission: needed, known: o}
}

// kindred are the methods whose permissions tell about another's on a part, the likeliest first. What an action does with
// a thing is hardly what a change of the thing does.
func kindred(method string) []string {
	switch method {
	case http.MethodGet:
		return []string{http.MethodGet}
	case http.MethodPost:
		return []string{http.MethodPost, http.MethodDelete}
	}
	return []string{method, http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodDelete}
}
