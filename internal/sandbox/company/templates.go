package company

import (
	"path"
	"regexp"
	"strings"
)

// templates are the HTML texts of this package by name, with the line ends of mail. Each is split at its
// {names}: literal text and names take turns.
type templates map[string][]string

func newTemplates() templates {
	t := templates{}
	entries, err := texts.ReadDir("texts/html")
	if err != nil {
		panic(err) // it is embedded
	}
	hole := regexp.MustCompile(`\{[a-z]+\}`) // which no style sheet here contains
	for _, e := range entries {
		source := strings.ReplaceAll(text("html/"+e.Name()), "\n", "\r\n")
		var parts []string
		at := 0
		for _, m := range hole.FindAllStringIndex(source, -1) {
			parts = append(parts, source[at:m[0]], source[m[0]+1:m[1]-1])
			at = m[1]
		}
		t[strings.TrimSuffix(e.Name(), path.Ext(e.Name()))] = append(parts, source[at:])
	}
	return t
}

// fill puts values where a template says {name}. The pairs are name and value, which is HTML already.
func (t templates) fill(name string, pairs ...string) string {
	parts := append([]string(nil), t[name]...)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = valueOf(parts[i], pairs)
	}
	return strings.Join(parts, "")
}

func valueOf(name string, pairs []string) string {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == name {
			return pairs[i+1]
		}
	}
	panic("no value for {" + name + "}") // a mistake in this package, which every test meets
}

// web is a whole body as the web client sends it.
func (t templates) web(inner string) string { return t.fill("web", "body", inner) }

// wrap puts what a person wrote into what the person's mail program sends: the web client or Word.
func (t templates) wrap(p *person, inner string) string {
	if p.number%2 == 0 {
		return t.fill("word", "body", inner)
	}
	return t.web(inner)
}
