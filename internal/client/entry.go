package client

import (
	"encoding/json"
	"slices"
	"strings"
)

// field is a setting of an entry. Its value is a string, a []string, a bool or []field.
type field struct {
	name  string
	value any
	weak  bool // a person's own value stays
}

// saying is what an entry that is there says of how we are reached.
type saying struct {
	command, url string
	args         []string
	key          string // how it names the key's variable, as the client does
	off          bool   // it is switched off in the file
	odd          string // what of it cannot be made out; "" for nothing
}

// form is how a client writes its file. Every error is a *flaw.
type form interface {
	entry(text, name string) (saying, bool, error)
	install(text, name string, wanted []field) (string, error)
	uninstall(text, name string) (string, error)
}

// Names by which clients know the program and the address. An entry has one of them.
var (
	commandNames = []string{"command"}
	addressNames = []string{"url", "httpUrl", "serverUrl"}
)

// overHTTP tells which of the two forms an entry has.
func overHTTP(wanted []field) bool {
	return slices.ContainsFunc(wanted, func(f field) bool { return slices.Contains(addressNames, f.name) })
}

// obsolete tells whether a setting that is there contradicts what is wanted. authorization is for headers.
func obsolete(name string, wanted []field) bool {
	named := func(f field) bool { return f.name == name }
	switch name {
	case "url", "httpUrl", "serverUrl", "type", "transport", "bearer_token_env_var":
		return !slices.ContainsFunc(wanted, named)
	}
	return false
}

// printer writes values as JSON.
type printer struct {
	newline string
	unit    string // of indentation
	line    bool   // all on one line
	tight   bool   // and without blanks
}

func (p printer) space() string {
	if p.tight {
		return ""
	}
	return " "
}

// value returns v as it stands on a line that is indented by indent. Lists of words stay on one line.
func (p printer) value(v any, indent string) string {
	switch v := v.(type) {
	case string:
		return quoted(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []string:
		words := make([]string, len(v))
		for i, word := range v {
			words[i] = quoted(word)
		}
		return "[" + strings.Join(words, ","+p.space()) + "]"
	case []field:
		return p.object(v, indent)
	}
	return "null" // unreachable: a field has none but these
}

func (p printer) object(fields []field, indent string) string {
	if len(fields) == 0 {
		return "{}"
	}
	inner, between, end := p.newline+indent+p.unit, ","+p.newline+indent+p.unit, p.newline+indent
	if p.line {
		inner, between, end = "", ","+p.space(), ""
	}
	var members []string
	for _, f := range fields {
		members = append(members, p.member(f, indent+p.unit))
	}
	return "{" + inner + strings.Join(members, between) + end + "}"
}

func (p printer) member(f field, indent string) string {
	return quoted(f.name) + ":" + p.space() + p.value(f.value, indent)
}

// quoted returns s as a JSON string, which is a basic string of TOML, too.
func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return strings.TrimSuffix(b.String(), "\n")
}
