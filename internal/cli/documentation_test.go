package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const repository = "../.."

// documents returns the texts for people, by their paths from the repository's root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		paths, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, err := filepath.Rel(repository, path)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.ToSlash(name)] = strings.ReplaceAll(newMachine(t).file(t, path), "\r\n", "\n")
		}
	}
	if len(texts) < 8 || texts["README.md"] == "" {
		t.Fatalf("only %d documents were found: the test looks in the wrong place", len(texts))
	}
	return texts
}

var (
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	noSlug  = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// slugs are the names by which a document's headings are linked to on GitHub.
func slugs(text string) []string {
	var all []string
	for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-"))
	}
	return all
}

// What the documentation links to in this repository is there. Programs and their releases link to some of its headings.
func TestLinksInDocumentation(t *testing.T) {
	t.Parallel()
	texts, checked := documents(t), 0
	for name, text := range texts {
		for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			checked++
			file, anchor, _ := strings.Cut(found[1], "#")
			target := filepath.ToSlash(filepath.Join(filepath.Dir(name), file))
			if file == "" {
				target = name
			}
			if _, err := os.Stat(filepath.Join(repository, target)); err != nil {
				t.Errorf("%s links to %s: %v", name, found[1], err)
			}
			if anchor != "" && !slices.Contains(slugs(texts[target]), anchor) {
				t.Errorf("%s links to %s, but %s has the headings %v", name, found[1], target, slugs(texts[target]))
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d links were found", checked)
	}
	for _, named := range []string{"app-registration", "configuration"} { // by errors, the extension and config.example.toml
		if !slices.Contains(slugs(texts["README.md"]), named) {
			t.Errorf("the README has no heading %s any more", named)
		}
	}
}

// manual looks up what the help of the program says.
type manual struct {
	*machine
	t     *testing.T
	pages map[string]string
}

func (h *manual) help(command []string) string {
	key := strings.Join(command, " ")
	if _, known := h.pages[key]; !known {
		code, out, errs := h.run(h.t, "", append(slices.Clone(command), "--help")...)
		if code != 0 {
			h.t.Fatalf("%s --help: code %d, %s", key, code, errs)
		}
		h.pages[key] = out
	}
	return h.pages[key]
}

// commands lists what stands below a command.
func (h *manual) commands(command []string) []string {
	_, list, _ := strings.Cut(h.help(command), "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var names []string
	for line := range strings.Lines(list) {
		names = append(names, strings.Fields(line)[0])
	}
	return names
}

// find splits what was typed into the command that is meant and what it was given.
func (h *manual) find(typed []string) (command, given []string) {
	for len(typed) > 0 && slices.Contains(h.commands(command), typed[0]) {
		command, typed = append(command, typed[0]), typed[1:]
	}
	return command, typed
}

var (
	span       = regexp.MustCompile("`([^`]+)`")
	flagOf     = regexp.MustCompile(`^--[a-z][a-z-]*`)
	program    = regexp.MustCompile(`(?:^|[\s(])microsoft-mcp-server((?: [^\n#|&;>]+)?)`)
	continued  = regexp.MustCompile(`\\\n\s*`)
	placeholds = regexp.MustCompile(`^([A-Z[…-]|$)`)
)

// check holds a command line, without the program's name, against the help.
func (h *manual) check(name, line string) {
	h.t.Helper()
	command, given := h.find(strings.Fields(line))
	if below := h.commands(command); len(below) > 0 && len(given) > 0 && !placeholds.MatchString(given[0]) {
		for alternative := range strings.SplitSeq(given[0], "|") {
			if !slices.Contains(below, alternative) {
				h.t.Errorf("%s: microsoft-mcp-server %s: there is no command %s", name, line, alternative)
			}
		}
	}
	for _, word := range given {
		if flag := flagOf.FindString(word); flag != "" && !strings.Contains(h.help(command), flag+" ") {
			h.t.Errorf("%s: microsoft-mcp-server %s: %s has no %s", name, line, strings.Join(command, " "), flag)
		}
	}
}

// Commands and flags that the documentation names exist, and the README's table has every command.
func TestCommandsInDocumentation(t *testing.T) {
	t.Parallel()
	h := &manual{newMachine(t), t, map[string]string{}}
	checked, texts := 0, documents(t)
	for name, text := range texts {
		plain := continued.ReplaceAllString(text, " ")
		var code []string
		code = append(code, fenced.FindAllString(plain, -1)...)
		for _, found := range span.FindAllStringSubmatch(fenced.ReplaceAllString(plain, ""), -1) {
			code = append(code, found[1])
			if words := strings.Fields(found[1]); len(words) > 1 && slices.Contains(h.commands(nil), words[0]) {
				checked++
				h.check(name, found[1]) // `login PROFILE`, as tables write it
			}
		}
		for _, found := range program.FindAllStringSubmatch(strings.Join(code, "\n"), -1) {
			checked++
			h.check(name, strings.TrimSpace(found[1]))
		}
	}
	if checked < 40 {
		t.Errorf("only %d commands were found", checked)
	}
	_, table, _ := strings.Cut(texts["README.md"], "\n## Commands\n")
	table, _, _ = strings.Cut(table, "\n\n```")
	for _, command := range h.commands(nil) {
		if command != "help" && !regexp.MustCompile("`"+command+"[` ]").MatchString(table) {
			t.Errorf("the README's table of commands lacks %s", command)
		}
	}
}
