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

// Reading returns the policy for callers who may only read, whatever the profile's access. Rules for writes stay, and
// match nothing any more.
func (p *Policy) Reading() *Policy {
	reading := *p
	reading.readWrite = false
	return &reading
}

// subject is what a policy judges of a call.
type subject struct {
	api      graph.API
	method   string
	likely   []graph.Reading // what the path is probably meant as; allow rules have to cover each
	spelled  []graph.Reading // with qualified names as they are written; or each of these, where there are any
	readings []graph.Reading // every way in which the service may understand it; deny and confirm look at all
}

// decision is a verdict with what it came from. The zero decision refuses.
type decision struct {
	verdict Verdict
	reason  string // in words for the caller
	rule    string // what decided, in the words of the configuration alone: it goes into the audit log
}

func (p *Policy) decide(c subject) decision {
	if p == nil || !p.ready || len(c.readings) == 0 || len(c.likely) == 0 {
		return decision{Deny, "no policy is set", "no policy"}
	}
	meanings := p.meanings(c, c.readings)
	if rule, reading, ok := takes(p.deny, meanings); ok {
		return decision{Deny, fmt.Sprintf("the policy's deny rule %q covers %s %s", rule, c.method, show(reading)), "deny: " + rule}
	}
	if reading, ok := changes(c); ok && !p.readWrite {
		return decision{Deny, fmt.Sprintf("this profile is read-only, and %s %s can change something", c.method, show(reading)), "access: read-only"}
	}
	given, missing := p.givesAll(c, c.likely)
	if missing != nil && len(c.spelled) > 0 {
		if rule, still := p.givesAll(c, c.spelled); still == nil {
			given, missing = rule, nil
		}
	}
	if missing != nil {
		return decision{Deny, fmt.Sprintf("no allow rule of the policy covers %s %s (allowed: %s)", c.method, meant(c, *missing), list(p.allow)), "allow: none covers it"}
	}
	if rule, reading, ok := takes(p.confirm, meanings); ok {
		return decision{Confirm, fmt.Sprintf("the policy's rule %q asks for a person's agreement to %s %s", rule, c.method, show(reading)), "confirm: " + rule}
	}
	return decision{Allow, "allowed", given}
}

// ruled tells whether there is any rule, beyond access, that a path could be written around.
func (p *Policy) ruled() bool { return p != nil && (p.limited || len(p.deny)+len(p.confirm) > 0) }

// judgeExpanded judges a resource that a GET takes along with $expand. The path may name one item or a
// collection of them, and only the schema knows which: it is allowed where either would be, and denied where
// either would be.
func (p *Policy) judgeExpanded(c subject, path graph.Reading) decision {
	d := decision{verdict: Allow}
	var readings []graph.Reading
	for _, base := range c.readings {
		readings = append(readings, expanded(base, path)...)
	}
	meanings := p.meanings(c, readings)
	if rule, reading, ok := takes(p.deny, meanings); ok {
		return decision{Deny, fmt.Sprintf("the policy's deny rule %q covers %s, which $expand would take along", rule, show(reading)), "deny: " + rule}
	}
	if rule, reading, ok := takes(p.confirm, meanings); ok {
		d = decision{Confirm, fmt.Sprintf("the policy's rule %q asks for a person's agreement to %s, which $expand takes along", rule, show(reading)), "confirm: " + rule}
	}
	for _, base := range c.likely {
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
		readings = append(readings, slices.Concat(base, graph.Reading{anyKey}, path))
	}
	return readings
}

// entitySets are the roots whose children are items, as far as it matters for the commonest paths.
var entitySets = []string{"users", "groups", "sites", "drives", "teams", "chats", "applications", "serviceprincipals", "devices", "contacts", "directoryobjects"}

// isItem tells whether a path is known to name one item rather than a collection.
func isItem(path graph.Reading) bool {
	return len(path) == 1 && path[0] == "me" || len(path) == 2 && slices.Contains(entitySets, path[0])
}

// meaning is an act that a reading comes to.
type meaning struct {
	act
	reading graph.Reading
}

// meanings returns all that readings of a call come to, each once; none where no rule takes anything away.
func (p *Policy) meanings(c subject, readings []graph.Reading) []meaning {
	if len(p.deny)+len(p.confirm) == 0 {
		return nil
	}
	var all []meaning
	if len(readings) == 1 { // mostly; what comes twice is looked at twice
		for _, alias := range aliases(c.api, c.method, readings[0]) {
			all = append(all, meaning{alias, readings[0]})
		}
		return all
	}
	seen := map[string]bool{}
	for _, reading := range readings {
		for _, alias := range aliases(c.api, c.method, reading) {
			if key := alias.method + alias.path.String(); !seen[key] {
				seen[key] = true
				all = append(all, meaning{alias, reading})
			}
		}
	}
	return all
}

// takes returns the first of rules that covers what a call comes to, and in which reading.
func takes(rules []pattern, meanings []meaning) (string, graph.Reading, bool) {
	for _, m := range meanings {
		if rule, ok := match(rules, m.method, m.path, taking); ok {
			return rule, m.reading, true
		}
	}
	return "", nil, false
}

// givesAll returns what allows readings, or the first that nothing does.
func (p *Policy) givesAll(c subject, readings []graph.Reading) (given string, missing *graph.Reading) {
	for _, reading := range readings {
		rule, ok := p.gives(c, reading)
		if !ok {
			return "", &reading
		}
		given = cmp.Or(given, rule)
	}
	return given, nil
}

// gives returns what allows a reading.
func (p *Policy) gives(c subject, reading graph.Reading) (string, bool) {
	switch {
	case p.limited:
		rule, ok := match(p.allow, c.method, reading, giving)
		return "allow: " + rule, ok
	case p.readWrite:
		return "access: read-write", true
	}
	return "access: read-only", true
}

// show writes a reading for a person.
func show(reading graph.Reading) string { return strings.ReplaceAll(reading.String(), anyKey, "{id}") }

// meant writes what a path may be meant as for a person, where it is not certain what it is.
func meant(c subject, reading graph.Reading) string {
	if len(c.likely) == 1 {
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
