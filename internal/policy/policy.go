package policy

import (
	"fmt"
	"net/http"
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
			if problem != "" {
				return nil, &RuleError{List: list.name, Index: i, Rule: rule, Problem: problem}
			}
			*list.into = append(*list.into, parsed)
		}
	}
	return p, nil
}

// Could tells whether p lets any call of a method through whose path may be path; "" stands for any path. It says
// yes where it is not sure.
func (p *Policy) Could(method, path string) bool {
	return p != nil && p.ready && (p.readWrite || method == http.MethodGet || path != "")
}

// Call is what a policy judges.
type Call struct {
	API      graph.API
	Method   string
	Likely   graph.Reading   // how the path is most probably meant; allow rules are compared with it
	Readings []graph.Reading // every way in which the service may understand it; deny and confirm look at all
}

// Judge returns the verdict on a call and the reason for it, in words for the caller.
func (p *Policy) Judge(c Call) (Verdict, string) {
	if p == nil || !p.ready || len(c.Readings) == 0 {
		return Deny, "no policy is set"
	}
	for _, reading := range c.Readings {
		if rule, ok := p.takes(p.deny, c, reading); ok {
			return Deny, fmt.Sprintf("the policy's deny rule %q covers %s %s", rule, c.Method, show(reading))
		}
		if !p.readWrite && !reads(c, reading) {
			return Deny, fmt.Sprintf("this profile is read-only, and %s %s can change something", c.Method, show(reading))
		}
	}
	if !p.gives(c, c.Likely) {
		return Deny, fmt.Sprintf("no allow rule of the policy covers %s %s (allowed: %s)", c.Method, show(c.Likely), list(p.allow))
	}
	for _, reading := range c.Readings {
		if rule, ok := p.takes(p.confirm, c, reading); ok {
			return Confirm, fmt.Sprintf("the policy's rule %q asks for a person's agreement to %s %s", rule, c.Method, show(reading))
		}
	}
	return Allow, "allowed"
}

// ruled tells whether there is any rule, beyond access, that a path could be written around.
func (p *Policy) ruled() bool { return p != nil && (p.limited || len(p.deny)+len(p.confirm) > 0) }

// judgeExpanded judges a resource that a GET takes along with $expand. The path may name one item or a
// collection of them, and only the schema knows which: it is allowed where either would be, and denied where
// either would be.
func (p *Policy) judgeExpanded(c Call, path graph.Reading) (Verdict, string) {
	verdict, reason := Allow, "allowed"
	given := !p.limited
	for _, base := range c.Readings {
		readings := []graph.Reading{slices.Concat(base, path)}
		if !isItem(base) {
			readings = append(readings, slices.Concat(base, graph.Reading{Any}, path))
		}
		for _, reading := range readings {
			if rule, ok := p.takes(p.deny, c, reading); ok {
				return Deny, fmt.Sprintf("the policy's deny rule %q covers %s, which $expand would take along", rule, show(reading))
			}
			if rule, ok := p.takes(p.confirm, c, reading); ok {
				verdict, reason = Confirm, fmt.Sprintf("the policy's rule %q asks for a person's agreement to %s, which $expand takes along", rule, show(reading))
			}
			given = given || p.gives(c, reading)
		}
	}
	if !given {
		return Deny, fmt.Sprintf("no allow rule of the policy covers what $expand would take along: %s (allowed: %s)", strings.Join(path, "/"), list(p.allow))
	}
	return verdict, reason
}

// entitySets are the roots whose children are items, as far as it matters for the commonest paths.
var entitySets = []string{"users", "groups", "sites", "drives", "teams", "chats", "applications", "serviceprincipals", "devices", "contacts", "directoryobjects"}

// isItem tells whether a path is known to name one item rather than a collection.
func isItem(path graph.Reading) bool {
	return len(path) == 1 && path[0] == "me" || len(path) == 2 && slices.Contains(entitySets, path[0])
}

func (p *Policy) takes(rules []pattern, c Call, reading graph.Reading) (string, bool) {
	for _, alias := range aliases(c.API, reading) {
		if rule, ok := match(rules, c.Method, alias, taking); ok {
			return rule, true
		}
	}
	return "", false
}

func (p *Policy) gives(c Call, reading graph.Reading) bool {
	if !p.limited {
		return true
	}
	_, ok := match(p.allow, c.Method, reading, giving)
	return ok
}

// show writes a reading for a person.
func show(reading graph.Reading) string { return strings.ReplaceAll(reading.String(), Any, "{id}") }

// aliases returns the reading and the ones that may name the same resource: "/me" is one of "/users", any user
// may be "/me", and "/drive" is the drive of "/me". They count where a rule takes something away, never where it gives.
//
// A rule about one named user is not about "/me": who that is, the path does not say.
func aliases(api graph.API, reading graph.Reading) []graph.Reading {
	all := []graph.Reading{reading}
	if api == graph.ResourceManager || len(reading) == 0 {
		return all
	}
	switch {
	case reading[0] == "me":
		all = append(all, slices.Concat(graph.Reading{"users", somebody}, reading[1:]))
		if len(reading) > 1 && reading[1] == "drive" {
			all = append(all, reading[1:])
		}
	case reading[0] == "drive": // of the signed-in person
		all = append(all, slices.Concat(graph.Reading{"me"}, reading), slices.Concat(graph.Reading{"users", somebody}, reading))
	case reading[0] == "users" && len(reading) > 1:
		all = append(all, slices.Concat(graph.Reading{"me"}, reading[2:]))
	}
	return all
}

// somebody stands for the signed-in person among the users; only "*" and "**" match it.
const somebody = "\x00me"

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

// readingPosts are the last segments of the POSTs that only read: they take their question in the body.
var readingPosts = []string{
	"$batch", // each item is judged on its own
	"checkmembergroups", "checkmemberobjects", "getmembergroups", "getmemberobjects", "getavailableextensionproperties",
	"getbyids", "validateproperties", "getschedule", "findmeetingtimes", "translateexchangeids", "getmailtips",
	"getallretainedmessages", "getpresencesbyuserid", "query",
}

// reads tells whether a call cannot change anything.
func reads(c Call, reading graph.Reading) bool {
	if c.Method == http.MethodGet {
		return true
	}
	if c.Method != http.MethodPost || c.API == graph.ResourceManager || len(reading) == 0 {
		return false
	}
	last := reading[len(reading)-1]
	if last == "query" { // /search/query alone: other actions of this name may do more
		return len(reading) == 2 && reading[0] == "search"
	}
	return slices.Contains(readingPosts, last)
}
