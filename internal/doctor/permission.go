package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// Permissions are what a profile needs, as far as that can be told.
type Permissions struct {
	Person bool     // a person signs in, rather than an app
	Scopes []string // of a person: that are asked for when they sign in
	Rules  []Rule   // of the policy, that name something
	// Covers tells whether permissions that are granted include all that one call needs.
	Covers func(granted []string, needed string) bool
	Grant  string // how further ones are granted
}

// Rule is a rule of a policy that allows calls.
type Rule struct {
	Text   string
	Needed []string // by the calls that it allows, each once; "-" for those that nobody of the profile's kind can make
}

// mostPermissions is how many permissions are named.
const mostPermissions = 8

// find compares what is needed with what a token has.
func (p Permissions) find(t Token) Finding {
	if f, done := p.dead(t); done {
		return f
	}
	if lacking := p.lacking(t); len(lacking) > 0 {
		return Finding{State: Warning, Text: fmt.Sprintf("some calls that the policy allows need %s, which the token does not have", list(lacking, mostPermissions)), Do: "where these calls are wanted: " + p.Grant}
	}
	if refused := p.refused(t); len(refused) > 0 {
		return Finding{State: Warning, Text: "the profile asks for " + list(refused, mostPermissions) + ", which the token does not have", Do: p.Grant}
	}
	text := fmt.Sprintf("the token has %s", list(t.Permissions, mostPermissions))
	if len(t.Permissions) == 0 {
		return Finding{State: Warning, Text: "the token has no permissions", Do: p.Grant}
	}
	if len(p.Rules) > 0 {
		text += ": all that the policy's allow rules are known to need"
	}
	return Finding{State: OK, Text: text}
}

// dead finds the rules of which nothing works.
func (p Permissions) dead(t Token) (Finding, bool) {
	var rules, needed []string
	for _, r := range p.Rules {
		switch {
		case len(r.Needed) == 0 || slices.ContainsFunc(r.Needed, func(one string) bool { return one != "-" && p.Covers(t.Permissions, one) }):
		case !slices.ContainsFunc(r.Needed, func(one string) bool { return one != "-" }):
			who := "an app without a person"
			if p.Person {
				who = "a person: they are for apps alone"
			}
			return Finding{State: Wrong, Text: fmt.Sprintf("the rule %q allows calls that cannot be made by %s", r.Text, who), Do: "correct or remove the rule"}, true
		default:
			rules = append(rules, fmt.Sprintf("%q", r.Text))
			needed = union(needed, r.Needed)
		}
	}
	if len(rules) == 0 {
		return Finding{}, false
	}
	return Finding{State: Wrong, Text: fmt.Sprintf("nothing that the policy allows by %s can be called: it needs %s, and the token does not have that", list(rules, 3), list(needed, mostPermissions)), Do: p.Grant}, true
}

// lacking returns what some of the calls need that the rules allow.
func (p Permissions) lacking(t Token) []string {
	var all []string
	for _, r := range p.Rules {
		for _, one := range r.Needed {
			if one != "-" && !p.Covers(t.Permissions, one) {
				all = union(all, []string{one})
			}
		}
	}
	return all
}

// refused returns the scopes that were asked for and not granted.
func (p Permissions) refused(t Token) []string {
	var all []string
	for _, scope := range p.Scopes {
		name := scope[strings.LastIndexByte(scope, '/')+1:] // https://graph.microsoft.com/User.Read
		if slices.Contains([]string{"", ".default", "openid", "profile", "email", "offline_access"}, strings.ToLower(name)) || p.Covers(t.Permissions, name) {
			continue
		}
		all = append(all, name)
	}
	return all
}

// union adds to all those of more that are not there yet.
func union(all, more []string) []string {
	for _, one := range more {
		if one != "-" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
