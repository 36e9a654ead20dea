package tools

import (
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// granted is what the token of one call of find_graph_api allows.
type granted struct {
	known bool
	names []string
}

// granted asks for the token's permissions once in a call.
func (f *finding) granted() *granted {
	if f.grants == nil {
		g := f.profile.Grants
		if g == nil {
			g = NewGrants(f.profile.Status)
		}
		names, known := g.now(f.ctx)
		f.grants = &granted{known: known, names: names}
	}
	return f.grants
}

// allowed says whether the profile may make a call: by its tools, by its policy, and by the permissions that its token has.
func (f *finding) allowed(o catalog.Operation) string {
	needed := o.Delegated
	if f.profile.Mode == clientCredentials {
		needed = o.Application
		if ofMe(f.ownPath(o)) || needed == "-" {
			return "no: only a signed-in person can"
		}
	} else if needed == "-" {
		return "no: only an app can, with application permissions"
	}
	if !f.profile.May("microsoft_graph") {
		return "no: this profile does not have microsoft_graph"
	}
	ruling := f.ruling(o)
	if ruling == refused {
		if f.profile.ReadOnly && o.Method != "GET" {
			return "no: this profile may only read"
		}
		return "no: the policy of this profile refuses it"
	}
	switch grants := f.granted(); {
	case needed == "":
		return "as far as the policy goes" + ruling.but() + "; the permission it needs is not known here"
	case !grants.known:
		return "unknown: there is no token yet to tell its permissions"
	case !o.Allows(grants.names, needed):
		return "probably not: the token has neither " + needed + " nor one that is known to include it"
	}
	return "yes" + ruling.but()
}

// ruling is what a policy says of a call.
type ruling int

const (
	refused  ruling = iota
	partly          // some of the calls that a template stands for
	agreedTo        // once a person has agreed
	free
)

// but says on what a yes depends.
func (r ruling) but() string {
	switch r {
	case partly:
		return " for some paths; the policy refuses others"
	case agreedTo:
		return ", after a person agrees"
	}
	return ""
}

// ruling asks the policy: about the very path where one was given, else about what a template stands for.
func (f *finding) ruling(o catalog.Operation) ruling {
	path, exact := f.ownPath(o), false
	if f.given != "" && (f.profile.Mode != clientCredentials || !ofMe(f.given)) {
		path, exact = f.given, !strings.Contains(f.given, "{")
	}
	if !exact && !f.profile.could(o.Method, catalog.Pattern(path)) {
		return refused
	}
	allowed, asks, known := f.verdict(o, path)
	switch {
	case !known && exact && !f.profile.could(o.Method, catalog.Pattern(path)):
		return refused
	case !known:
		return free
	case !allowed && exact:
		return refused
	case !allowed:
		return partly
	case asks:
		return agreedTo
	}
	return free
}

// verdict is the policy's on one request; not known where it is asked about none.
func (f *finding) verdict(o catalog.Operation, path string) (allowed, asks, known bool) {
	// What a batch may do depends on what is in it.
	if f.profile.Verdict == nil || strings.EqualFold(strings.TrimSuffix(path, "/"), "/$batch") {
		return false, false, false
	}
	version := f.version
	if o.Version == graph.Beta {
		version = graph.Beta
	}
	r, err := f.profile.Endpoints.NewRequest(graph.Params{Version: version, Method: o.Method, Path: path})
	if err != nil {
		return false, false, false // of a template that is no path; a path that is none is refused when it is sent
	}
	allowed, asks = f.profile.Verdict(r)
	return allowed, asks, true
}
