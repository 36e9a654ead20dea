package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Verdict is what a policy says of a call. The zero Verdict refuses.
type Verdict int

// The verdicts.
const (
	Deny    Verdict = iota
	Confirm         // allowed once a person has agreed to this very call
	Allow
)

// String returns deny, confirm or allow.
func (v Verdict) String() string {
	return [...]string{"deny", "confirm", "allow"}[v]
}

// Rules is a policy as it is written in a profile.
type Rules struct {
	ReadWrite bool     // false: only calls that read
	Allow     []string // nil: everything that access allows
	Deny      []string
	Confirm   []string

	// ConfirmByToken lets a client that cannot ask a person hand the question to its model, with a one-use token.
	ConfirmByToken bool
}

// Policy is a profile's rules, parsed. The zero Policy refuses everything. It is safe for concurrent use.
type Policy struct {
	ready          bool
	readWrite      bool
	allow          []pattern
	limited        bool // allow is to be heeded
	deny, confirm  []pattern
	confirmByToken bool
}

// RuleError says which rule cannot be used.
type RuleError struct {
	List    string // allow, deny or confirm
	Index   int    // position in the list
	Rule    string
	Problem string
}

// Error names the rule and its fault.
func (e *RuleError) Error() string {
	if e.Rule == "" {
		return fmt.Sprintf("policy.%s: %s", e.List, e.Problem)
	}
	return fmt.Sprintf("policy.%s[%d]: %q: %s", e.List, e.Index, e.Rule, e.Problem)
}

// New parses rules. An empty allow-list and a rule that can never match are errors: both are mistakes that
// would otherwise show as a server that refuses, or permits, more than was meant.
func New(r Rules) (*Policy, error) {
	if r.Allow != nil && len(r.Allow) == 0 {
		return nil, &RuleError{List: "allow", Problem: `the list is empty, so nothing could be called: remove it, or allow something ("GET /**")`}
	}
	p := &Policy{ready: true, readWrite: r.ReadWrite, limited: r.Allow != nil, confirmByToken: r.ConfirmByToken}
	for _, list := range []struct {
		name  string
		rules []string
		into  *[]pattern
	}{{"allow", r.Allow, &p.allow}, {"deny", r.Deny, &p.deny}, {"confirm", r.Confirm, &p.confirm}} {
		for i, rule := range list.rules {
			parsed, problem := parsePattern(rule)
			if problem == "" && !r.ReadWrite && list.name != "deny" && parsed.writesOnly() {
				problem = `it can never match: the profile is read-only; set access = "read-write"`
			}
			if problem == "" && list.name == "allow" {
				problem = unclear(rule)
			}
			if problem != "" {
				return nil, &RuleError{List: list.name, Index: i, Rule: rule, Problem: problem}
			}
			*list.into = append(*list.into, parsed)
		}
	}
	return p, nil
}

// Call is what a policy judges.
type Call struct {
	API      graph.API
	Method   string
	Likely   []graph.Reading // what the path is probably meant as; allow rules have to cover each
	Readings []graph.Reading // every way in which the service may understand it; deny and confirm look at all
}

// Judge returns the verdict on a call and the reason for it, in words for the caller.
func (p *Policy) Judge(c Call) (Verdict, string) {
	d := p.decide(c)
	return d.verdict, d.reason
}

// decision is a verdict with what it came from. The zero decision refuses.
type decision struct {
	verdict Verdict
	reason  string // in words for the caller
	rule    string // what decided, in the words of the configuration alone: it goes into the audit log
}

func (p *Policy) decide(c Call) decision {
	if p == nil || !p.ready || len(c.Readings) == 0 || len(c.Likely) == 0 {
		return decision{Deny, "no policy is set", "no policy"}
	}
	for _, reading := range c.Readings {
		if rule, ok := p.takes(p.deny, c, reading); ok {
			return decision{Deny, fmt.Sprintf("the policy's deny rule %q covers %s %s", rule, c.Method, show(reading)), "deny: " + rule}
		}
	}
	if reading, ok := changes(c); ok && !p.readWrite {
		return decision{Deny, fmt.Sprintf("this profile is read-only, and %s %s can change something", c.Method, show(reading)), "access: read-only"}
	}
	given := ""
	for _, likely := range c.Likely {
		rule, ok := p.gives(c, likely)
		if !ok {
			return decision{Deny, fmt.Sprintf("no allow rule of the policy covers %s %s (allowed: %s)", c.Method, meant(c, likely), list(p.allow)), "allow: none covers it"}
		}
		given = cmp.Or(given, rule)
	}
	for _, reading := range c.Readings {
		if rule, ok := p.takes(p.confirm, c, reading); ok {
			return decision{Confirm, fmt.Sprintf("the policy's rule %q asks for a person's agreement to %s %s", rule, c.Method, show(reading)), "confirm: " + rule}
		}
	}
	return decision{Allow, "allowed", given}
}

// ruled tells whether there is any rule, beyond access, that a path could be written around.
func (p *Policy) ruled() bool { return p != nil && (p.limited || len(p.deny)+len(p.confirm) > 0) }

// judgeExpanded judges a resource that a GET takes along with $expand. The path may name one item or a
// collection of them, and only the schema knows which: it is allowed where either would be, and denied where
// either would be.
func (p *Policy) judgeExpanded(c Call, path graph.Reading) decision {
	d := decision{verdict: Allow}
	for _, base := range c.Readings {
		for _, reading := range expanded(base, path) {
			if rule, ok := p.takes(p.deny, c, reading); ok {
				return decision{Deny, fmt.Sprintf("the policy's deny rule %q covers %s, which $expand would take along", rule, show(reading)), "deny: " + rule}
			}
			if rule, ok := p.takes(p.confirm, c, reading); ok {
				d = decision{Confirm, fmt.Sprintf("the policy's rule %q asks for a person's agreement to %s, which $expand takes along", rule, show(reading)), "confirm: " + rule}
			}
		}
	}
	for _, base := range c.Likely {
		if !slices.ContainsFunc(expanded(base, path), func(reading graph.Reading) bool { _, ok := p.gives(c, reading); return ok }) {
			return decision{Deny, fmt.Sprintf("no allow rule of the policy covers what $expand would take along: %s (allowed: %s)", strings.Join(path, "/"), list(p.allow)), "allow: none covers it"}
		}
	}
	return d
}

// expanded returns the paths of what is expanded at a base.
func expanded(base, path graph.Reading) []graph.Reading {
	readings := []graph.Reading{slices.Concat(base, path)}
	if !isItem(base) {
		readings = append(readings, slices.Concat(base, graph.Reading{Any}, path))
	}
	return readings
}

// entitySets are the roots whose children are items, as far as it matters for the commonest paths.
var entitySets = []string{"users", "groups", "sites", "drives", "teams", "chats", "applications", "serviceprincipals", "devices", "contacts", "directoryobjects"}

// isItem tells whether a path is known to name one item rather than a collection.
func isItem(path graph.Reading) bool {
	return len(path) == 1 && path[0] == "me" || len(path) == 2 && slices.Contains(entitySets, path[0])
}

// takes returns the first of rules that covers a reading or what comes to the same.
func (p *Policy) takes(rules []pattern, c Call, reading graph.Reading) (string, bool) {
	if len(rules) == 0 {
		return "", false
	}
	for _, alias := range aliases(c.API, c.Method, reading) {
		if rule, ok := match(rules, alias.method, alias.path, taking); ok {
			return rule, true
		}
	}
	return "", false
}

// gives returns what allows a reading.
func (p *Policy) gives(c Call, reading graph.Reading) (string, bool) {
	switch {
	case p.limited:
		rule, ok := match(p.allow, c.Method, reading, giving)
		return "allow: " + rule, ok
	case p.readWrite:
		return "access: read-write", true
	}
	return "access: read-only", true
}

// show writes a reading for a person.
func show(reading graph.Reading) string { return strings.ReplaceAll(reading.String(), Any, "{id}") }

// meant writes what a path may be meant as for a person, where it is not certain what it is.
func meant(c Call, reading graph.Reading) string {
	if len(c.Likely) == 1 {
		return show(reading)
	}
	return show(reading) + ", as which the path may be understood"
}

// list names at most a handful of rules, for a message.
func list(rules []pattern) string {
	const most = 8
	var names []string
	for _, rule := range rules[:min(len(rules), most)] {
		names = append(names, rule.text)
	}
	if len(rules) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
