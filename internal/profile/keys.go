package profile

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// AddKey appends an API key. Nothing of it is checked before. The error is as that of [Editor.Add].
func (e *Editor) AddKey(k APIKey) error {
	const keys = "http.api_keys"
	block, err := k.Block(lineEnd(e.doc.text))
	if err != nil {
		return err
	}
	if i := e.keyNamed(k.Name); i >= 0 {
		return e.doc.at.problem(indexKey(keys, i), "there is a key of that name already",
			"choose another name, or revoke that one first: microsoft-mcp-server key revoke "+k.Name)
	}
	if it := e.keysByHand(); it != nil {
		return e.byHand(*it, keys, "write each key as [[http.api_keys]]")
	}
	doc, err := inspect(e.path, appended(e.doc.text, block))
	if err != nil {
		return e.unsafe(keys, "add it by hand")
	}
	before, _ := elementsOf(tableOf(e.doc.tree, "http")["api_keys"])
	after, _ := elementsOf(tableOf(doc.tree, "http")["api_keys"])
	if len(after) != len(before)+1 || !sameTree(doc.tree, withKeys(e.doc.tree, slices.Concat(before, after[len(before):]))) {
		return e.unsafe(keys, "add it by hand")
	}
	var wrong problems
	for _, p := range e.doc.added(doc) {
		wrong.add(&Error{Key: p.Key, Problem: p.Problem, Remedy: p.Remedy})
	}
	return e.accept(doc, wrong)
}

// RemoveKey removes the API key called name, with the comment that stands directly above it. It refuses where anybody
// could call then, or where a server would refuse the file, and so keep the key.
func (e *Editor) RemoveKey(name string) error {
	const keys = "http.api_keys"
	i := e.keyNamed(name)
	if i < 0 {
		return e.unknownKey(name)
	}
	if it := e.keysByHand(); it != nil {
		return e.byHand(*it, keys, "remove it by hand")
	}
	raw := e.doc.raw.HTTP
	if len(raw.APIKeys) == 1 && raw.Entra == nil && raw.OAuth == nil {
		return e.doc.at.problem(indexKey(keys, i), "is the only key: without it, anybody could call who reaches the endpoint",
			"make another one first: microsoft-mcp-server key create NAME")
	}
	left, _ := elementsOf(tableOf(e.doc.tree, "http")["api_keys"])
	left = slices.Delete(slices.Clone(left), i, i+1)
	return e.change(indexKey(keys, i), withoutKey(e.doc.text, i), withKeys(e.doc.tree, left))
}

// keyNamed returns the index of the file's key of that name, or -1.
func (e *Editor) keyNamed(name string) int {
	return slices.IndexFunc(e.doc.raw.HTTP.APIKeys, func(k fileKey) bool { return k.Name == name })
}

// unknownKey says that there is no such key, and which there are.
func (e *Editor) unknownKey(name string) error {
	var names []string
	for _, k := range e.doc.raw.HTTP.APIKeys {
		if isName(k.Name) {
			names = append(names, k.Name)
		}
	}
	err := &Error{File: e.path, Problem: "there is no API key of that name"}
	switch {
	case name == keyVariable:
		err.Remedy = "the key of the environment ends with the variable: unset " + keyVariable
	case len(names) == 0:
		err.Remedy = "the file has none"
	default:
		err.Remedy = remedies(didYouMean(name, names), "the keys are "+strings.Join(names, ", "))
	}
	return err
}

// keysByHand returns the entry that holds keys in another form than [[http.api_keys]], or nil.
func (e *Editor) keysByHand() *item {
	if it := e.doc.find("http", "api_keys"); it != nil {
		return it
	}
	return e.doc.find("http")
}

// withoutKey returns text without the i-th [[http.api_keys]].
func withoutKey(text string, i int) string {
	items := scanAll(text).items
	for first, it := range items {
		if !it.header || !slices.Equal(it.parts, []string{"http", "api_keys"}) {
			continue
		}
		if i--; i >= 0 {
			continue
		}
		last := first
		for last+1 < len(items) && (!items[last+1].header || len(items[last+1].parts) > 2 && slices.Equal(items[last+1].parts[:2], it.parts)) {
			last++
		}
		return withoutItems(text, items, first, last)
	}
	return text
}

// withKeys returns tree with these API keys; without any, as if nothing had ever been said of keys.
func withKeys(tree map[string]any, keys []any) map[string]any {
	http := map[string]any{}
	for k, v := range tableOf(tree, "http") {
		http[k] = v
	}
	tables := make([]map[string]any, 0, len(keys))
	for _, k := range keys {
		table, _ := k.(map[string]any)
		tables = append(tables, table)
	}
	if http["api_keys"] = tables; len(tables) == 0 {
		delete(http, "api_keys")
	}
	return with(tree, "http", http)
}

// Block returns the key as the lines of a file, which end as told. Of the key itself they hold the hash. The error is
// an *Error, about names that are none.
func (k APIKey) Block(end string) (string, error) {
	for _, name := range append([]string{k.Name}, k.Profiles...) {
		if !isName(name) {
			what := "profile"
			if name == k.Name {
				what = "key"
			}
			return "", &Error{Problem: "that is not a name for a " + what, Remedy: "use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"}
		}
	}
	lines := []string{"[[http.api_keys]]"}
	for _, e := range []setting{
		textEntry("name", k.Name), textEntry("sha256", hex.EncodeToString(k.SHA256[:])), listEntry("profiles", k.Profiles),
	} {
		lines = e.appendTo(lines)
	}
	if !k.Expires.IsZero() {
		layout := time.RFC3339
		if at := k.Expires.UTC(); at.Equal(at.Truncate(24 * time.Hour)) {
			layout = time.DateOnly
		}
		lines = append(lines, setting{"expires", k.Expires.UTC().Format(layout)}.String())
	}
	if k.ReadOnly {
		lines = append(lines, "read_only = true")
	}
	return strings.Join(lines, end) + end, nil
}
