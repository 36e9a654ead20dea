package client

import (
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// tomlForm is a file of TOML that has each entry in a table of its own, below table.
type tomlForm struct{ table string }

// decoded returns what a text says.
func decoded(text string) (map[string]any, *flaw) {
	if strings.HasPrefix(text, byteOrderMark) {
		return nil, flawAt(0, "the file begins with two byte order marks") // the library would take any number
	}
	tree := map[string]any{}
	_, err := toml.Decode(text, &tree)
	if err == nil {
		return tree, nil
	}
	if syntax, ok := err.(toml.ParseError); ok { // it is never wrapped
		problem := syntax.Message
		if strings.Contains(problem, `"`) {
			problem = "there is something that is no value" // it quotes what it found, which may be a secret
		}
		return nil, flawAt(min(max(syntax.Position.Start, 0), len(text)), "the file is no TOML: %s", problem)
	}
	return nil, flawAt(-1, "the file is no TOML")
}

// open returns what a text says, and the entry in it, nil where there is none.
func (f tomlForm) open(text, name string) (tree, entry map[string]any, err *flaw) {
	if tree, err = decoded(text); err != nil {
		return nil, nil, err
	}
	all, there := tree[f.table]
	tables, isTable := all.(map[string]any)
	switch {
	case there && !isTable:
		return nil, nil, flawAt(f.mention(text, f.table), "%q is something else than a table", f.table)
	case tables[name] == nil:
		return tree, nil, nil
	}
	if entry, isTable = tables[name].(map[string]any); !isTable {
		return nil, nil, flawAt(f.mention(text, f.table, name), "%q is something else than a table", f.table+"."+name)
	}
	return tree, entry, nil
}

// mention returns where a key is said first, or -1.
func (f tomlForm) mention(text string, key ...string) int {
	for _, s := range statements(text) {
		if said := slices.Concat(s.table, s.key); len(said) >= len(key) && slices.Equal(said[:len(key)], key) {
			return s.start
		}
	}
	return -1
}

func (f tomlForm) entry(text, name string) (saying, bool, error) {
	_, entry, err := f.open(text, name)
	if err != nil {
		return saying{}, false, err
	}
	command, _ := entry["command"].(string)
	url, _ := entry["url"].(string)
	said := saying{command: command, url: url, off: entry["disabled"] == true || entry["enabled"] == false}
	list, isList := entry["args"].([]any)
	if entry["args"] != nil && !isList {
		said.odd = oddArguments
	}
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			said.odd = oddArguments
			continue
		}
		said.args = append(said.args, text)
	}
	if key := entry["bearer_token_env_var"]; key != nil && command == "" {
		var ok bool
		if said.key, ok = key.(string); !ok || said.key == "" {
			said.odd = oddKey
		}
	}
	return said, entry != nil, nil
}

func (f tomlForm) install(text, name string, wanted []field) (string, error) {
	tree, entry, err := f.open(text, name)
	if err != nil {
		return "", err
	}
	after := text
	switch {
	case entry == nil:
		// Nothing may be added to an inline table, though the library would take it.
		if at := slices.IndexFunc(statements(text), f.inline); at >= 0 {
			return "", unsafe(f.mention(text, f.table))
		}
		after = f.appended(text, name, wanted)
	case (entry["url"] != nil) != overHTTP(wanted):
		if after, err = f.without(text, name); err != nil {
			return "", err
		}
		after = f.appended(after, name, wanted)
	default:
		if after, err = f.merged(text, name, entry, wanted); err != nil {
			return "", err
		}
	}
	if after == text {
		return text, nil
	}
	changed, now, err := f.open(after, name)
	if err != nil || !holds(now, wanted) || !sameBut(tree, changed, f.table, name) {
		return "", unsafe(f.mention(text, f.table))
	}
	return after, nil
}

func (f tomlForm) uninstall(text, name string) (string, error) {
	tree, entry, err := f.open(text, name)
	if err != nil {
		return "", err
	}
	if entry == nil {
		return text, nil
	}
	after, err := f.without(text, name)
	if err != nil {
		return "", err
	}
	changed, now, err := f.open(after, name)
	if err != nil || now != nil || !sameBut(tree, changed, f.table, name) {
		return "", unsafe(f.mention(text, f.table, name))
	}
	return after, nil
}

// inline tells whether a statement is the whole table as one value.
func (f tomlForm) inline(s statement) bool {
	return !s.header() && slices.Equal(slices.Concat(s.table, s.key), []string{f.table})
}

// sameBut tells whether two trees say the same but for one entry of a table. An empty table is as good as none.
func sameBut(a, b map[string]any, table, name string) bool {
	rest := func(tree map[string]any) (others, top map[string]any) {
		others, top = map[string]any{}, map[string]any{}
		for key, value := range tree {
			top[key] = value
		}
		inner, _ := tree[table].(map[string]any)
		for key, value := range inner {
			if key != name {
				others[key] = value
			}
		}
		delete(top, table)
		return others, top
	}
	oneEntries, one := rest(a)
	otherEntries, other := rest(b)
	return reflect.DeepEqual(oneEntries, otherEntries) && reflect.DeepEqual(one, other)
}

// holds tells whether a table has all that is wanted.
func holds(entry map[string]any, wanted []field) bool {
	return !slices.ContainsFunc(wanted, func(w field) bool { return !tomlSays(entry[w.name], w.value) })
}

func tomlSays(there, v any) bool {
	words, isList := v.([]string)
	if !isList {
		return there == v
	}
	list, isList := there.([]any)
	return isList && slices.EqualFunc(list, words, func(a any, b string) bool { return a == b })
}

// block returns the entry's table, without a line end.
func (f tomlForm) block(name, newline string, wanted []field) string {
	lines := []string{"[" + f.table + "." + name + "]"}
	for _, w := range wanted {
		lines = append(lines, w.name+" = "+printer{}.value(w.value, ""))
	}
	return strings.Join(lines, newline)
}

// appended returns the text with the entry at its end, after a blank line. It ends as it ended before, so that without
// takes away just that.
func (f tomlForm) appended(text, name string, wanted []field) string {
	newline := tomlNewline(text)
	block := f.block(name, newline, wanted)
	switch {
	case strings.TrimSpace(text) == "":
		return block + newline
	case strings.HasSuffix(text, "\n"):
		return text + newline + block + newline
	}
	return text + newline + newline + block
}

func tomlNewline(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// without returns the text without the tables of an entry, each with the blank line before it.
func (f tomlForm) without(text, name string) (string, *flaw) {
	ours := func(table []string) bool {
		return len(table) >= 2 && table[0] == f.table && table[1] == name
	}
	all := statements(text)
	for last := len(all) - 1; last >= 0; last-- {
		s := all[last]
		if !ours(s.table) {
			if ours(slices.Concat(s.table, s.key)) {
				return "", unsafe(s.start)
			}
			continue
		}
		first := last
		for first > 0 && ours(all[first-1].table) {
			first--
		}
		if !all[first].header() {
			return "", unsafe(all[first].start)
		}
		text = withoutLines(text, all[first].start, s.end)
		last = first
	}
	return text, nil
}

// withoutLines returns the text without the lines of start to end, and without the blank line before them.
func withoutLines(text string, start, end int) string {
	from := lineStart(text, start)
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		end += i + 1
	} else {
		end = len(text)
		from = lineEndBefore(text, from) // the line end before takes the place of the missing one
		if before := lineStart(text, from); from > 0 && strings.TrimSpace(text[before:from]) == "" {
			from = lineEndBefore(text, before)
		}
		return text[:from] + text[end:]
	}
	if from > 0 {
		if before := lineStart(text, from-1); strings.TrimSpace(text[before:from]) == "" {
			from = before
		}
	}
	return text[:from] + text[end:]
}

// merged returns the text with all of wanted in the entry's table, and what else is there as it was.
func (f tomlForm) merged(text, name string, entry map[string]any, wanted []field) (string, *flaw) {
	if holds(entry, wanted) && !hasObsolete(entry, wanted) {
		return text, nil
	}
	all, head := statements(text), -1
	for i, s := range all {
		if s.header() && !s.list && slices.Equal(s.table, []string{f.table, name}) {
			head = i
		}
	}
	if head < 0 {
		return "", unsafe(f.mention(text, f.table, name))
	}
	last := head
	for last+1 < len(all) && !all[last+1].header() {
		last++
	}
	// From the end, so that what was found before stays where it is.
	missing := slices.Clone(wanted)
	var edits []func()
	for i := head + 1; i <= last; i++ {
		s := all[i]
		if len(s.key) != 1 {
			continue
		}
		at := slices.IndexFunc(wanted, func(w field) bool { return w.name == s.key[0] })
		switch {
		case at >= 0 && !tomlSays(entry[s.key[0]], wanted[at].value):
			edits = append(edits, func() { text = text[:s.value] + printer{}.value(wanted[at].value, "") + text[s.end:] })
		case at < 0 && obsolete(s.key[0], wanted):
			edits = append(edits, func() { text = cutLine(text, s.start, s.end) })
		}
		missing = slices.DeleteFunc(missing, func(w field) bool { return w.name == s.key[0] })
	}
	newline, end := tomlNewline(text), all[last].end
	end += len(firstLine(text[end:]))
	var added strings.Builder
	for _, w := range missing {
		added.WriteString(newline + w.name + " = " + printer{}.value(w.value, ""))
	}
	text = text[:end] + added.String() + text[end:]
	for _, edit := range slices.Backward(edits) {
		edit()
	}
	return text, nil
}

func hasObsolete(entry map[string]any, wanted []field) bool {
	for name := range entry {
		if obsolete(name, wanted) {
			return true
		}
	}
	return false
}

// firstLine returns the text up to its first line end.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}

// cutLine returns the text without the lines of start to end.
func cutLine(text string, start, end int) string {
	from := lineStart(text, start)
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		return text[:from] + text[end+i+1:]
	}
	return text[:lineEndBefore(text, from)]
}
