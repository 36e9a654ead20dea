package prompts

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Setting is for whom a prompt is written.
type Setting struct {
	Profile  string // to be named in each call; "" where there is one alone
	App      bool   // it acts as an app, so that there is no /me
	ReadOnly bool
	Region   string   // in which an app searches; "" where none is known
	Without  []string // the tools that are not there: lines that begin with one are left out
}

// ArgumentError says what is wrong with an argument.
type ArgumentError struct{ Prompt, Argument, Problem string }

func (e *ArgumentError) Error() string {
	return fmt.Sprintf("prompt %s: argument %q: %s", e.Prompt, e.Argument, e.Problem)
}

// Bounds of what is taken, and of what is said of it, in bytes.
const (
	maxArgument = 300
	maxName     = 60
)

// Patterns are compiled when they are first needed: most servers never do.
var (
	person = late(`^[\p{L}\p{N}._'#+!^~-]+@[\p{L}\p{N}.-]+$`)
	object = late(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// callLine is a line that is a call: its tool begins it, or what it is for does.
	callLine = late(`^(\s*(?:[\p{L} ,()]+:\s+)?(?:microsoft_graph|sharepoint_search|read_document) \{)(.*)$`)
)

func late(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// Text returns the prompt as a model gets it.
func (p Prompt) Text(s Setting, given map[string]string) (string, error) {
	values, err := p.check(s, given)
	if err != nil {
		return "", err
	}
	text, err := texts.ReadFile("texts/" + p.Name + ".txt")
	if err != nil {
		return "", err // cannot happen: a test asks for all of them
	}
	var b strings.Builder
	if s.Profile != "" {
		fmt.Fprintf(&b, "Act as profile %q in every call.\n\n", s.Profile)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "{changes}") && s.ReadOnly {
			b.WriteString("\nThis profile may only read, so nothing can be changed from here: propose, and say who could do it.\n")
			break
		}
		if tool, _, _ := strings.Cut(strings.TrimSpace(line), " "); slices.Contains(s.Without, tool) {
			continue
		}
		b.WriteString(fill(line, s, values))
	}
	return b.String(), nil
}

// check returns the arguments as they stand in the text, by name.
func (p Prompt) check(s Setting, given map[string]string) (map[string]string, error) {
	for name := range given {
		if !p.has(name) {
			name = name[:min(len(name), maxName)]
			return nil, &ArgumentError{p.Name, name, "there is none of this name; there are " + strings.Join(p.names(), ", ")}
		}
	}
	values := map[string]string{}
	for _, a := range p.Arguments {
		value := clean(given[a.Name])
		if value == "" {
			value = a.Default
		}
		if problem := a.problem(s, value); problem != "" {
			return nil, &ArgumentError{p.Name, a.Name, problem}
		}
		values[a.Name] = value
	}
	return values, nil
}

func (p Prompt) has(name string) bool {
	for _, a := range p.Arguments {
		if a.Name == name {
			return true
		}
	}
	return name == "profile"
}

func (p Prompt) names() []string {
	var names []string
	for _, a := range p.Arguments {
		names = append(names, a.Name)
	}
	return names
}

// RequiredBy tells whether a prompt needs an argument of whoever acts so.
func (a Argument) RequiredBy(s Setting) bool { return a.Required || a.Kind == Owner && s.App }

func (a Argument) problem(s Setting, value string) string {
	switch {
	case value == "" && a.RequiredBy(s) && a.Kind == Owner:
		return "an app has no mailbox of its own: say whose is meant, by user principal name or object ID"
	case value == "" && a.RequiredBy(s):
		return "it is needed: " + a.Description
	case value == "":
		return ""
	case len(value) > maxArgument:
		return fmt.Sprintf("it has %d bytes; at most %d are taken", len(value), maxArgument)
	case (a.Kind == Person || a.Kind == Owner) && !person().MatchString(value) && !object().MatchString(value):
		return `it has to be a user principal name ("ada@contoso.com") or an object ID; microsoft_graph finds people by name: {"path": "/users", "queryParams": {"$search": "\"displayName:ada\""}}`
	case a.Kind == Number:
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 100 {
			return "it has to be a number from 1 to 100"
		}
	}
	return ""
}

// clean takes out of an argument what would change the text around it: it stays on its line and within its quotes.
func clean(value string) string {
	value = strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '\\' || r == '<' || r == '>' || r == '{' || r == '}' || r == utf8.RuneError:
			return -1
		case unicode.In(r, unicode.Cf): // would change how the rest is read, such as its direction
			return -1
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		}
		return r
	}, value)
	return strings.Join(strings.Fields(value), " ")
}

// fill writes one line of a text.
func fill(line string, s Setting, values map[string]string) string {
	call := callLine().FindStringSubmatch(strings.TrimRight(line, "\n"))
	if call == nil {
		return replacer(s, values, func(v string) string { return v }).Replace(line)
	}
	profile := ""
	if s.Profile != "" {
		profile = `"profile": ` + quoted(s.Profile) + ", "
	}
	inJSON := func(v string) string { q := quoted(v); return q[1 : len(q)-1] }
	return call[1] + profile + replacer(s, values, inJSON).Replace(call[2]) + "\n"
}

func quoted(v string) string {
	out, err := json.Marshal(v)
	if err != nil {
		return `""` // cannot happen with a string
	}
	return string(out)
}

// replacer fills in the arguments and what depends on whom the prompt is for.
func replacer(s Setting, values map[string]string, escape func(string) string) *strings.Replacer {
	mailbox, whose := "/me", "the"
	if user := values["user"]; user != "" {
		mailbox, whose = "/users/"+escape(url.PathEscape(user)), user+"'s"
	}
	region := ""
	if s.Region != "" {
		region = `, "region": ` + quoted(s.Region)
	}
	pairs := []string{"{mailbox}", mailbox, "{whose}", whose, "{region}", region,
		"{changes}", "Once the user has agreed, and for what they agreed to alone, carry it out:",
		"{about_meeting}", clause(` about "`, values["meeting"], `"`), "{hints}", clause(". Also known: ", values["hints"], ""),
		"{delegate}", clause(" (", values["successor"], " is proposed)")}
	for name, value := range values {
		if name == "user" && mailbox != "/me" {
			pairs = append(pairs, "/users/{user}", mailbox)
		}
		pairs = append(pairs, "{"+name+"}", escape(value))
	}
	return strings.NewReplacer(pairs...)
}

// clause is a value with what stands around it; "" without a value.
func clause(before, value, after string) string {
	if value == "" {
		return ""
	}
	return before + value + after
}
