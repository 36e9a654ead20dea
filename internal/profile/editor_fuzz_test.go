package profile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzEditor changes any file that Load accepts: it then loads, says of the
// other profiles what it said, and still has every comment that is not the
// removed profile's.
func FuzzEditor(f *testing.F) {
	const client = "client_id = \"11111111-1111-1111-1111-111111111111\"\n"
	for _, src := range []string{
		"", "# c", "\ufeff# c\r\n\r\n[profiles.a]\r\n" + client,
		"default_profile='a'#d\n[profiles.a]#e\n" + client + "# f\n[profiles.b] # g\n" + client + "# h\n\n[http] # i\nprofiles=['a', 'b'] # j\n#k",
		"profiles.a." + client, "[profiles]\n# a\na = { " + strings.TrimSpace(client) + " }\n# b\n[profiles.b]\n" + client,
		"# a\n[profiles.a.policy]\ndeny = [ # x\n]\n# b\n\n#c\n[profiles.a] # d\n" + client + "instructions = '''\n# no comment\n'''# e\n\n# f\n[profiles.a.cloud]\n# g",
		"[http]\nprofiles = [\n 'a',\n 'b',\n]\n[[http.api_keys]]\nname='k'\nsha256='" + strings.Repeat("0", 64) + "'\nprofiles = ['b','a']\n[profiles.a]\n" + client + "[profiles.b]\n" + client,
		"\n\n # x\n\n[profiles]\n[profiles.a]\n" + client + "\r\n\r\n#y", "http.profiles=['a']#x\n[profiles.a]\n" + client,
	} {
		f.Add(src)
	}
	path := filepath.Join(f.TempDir(), "config.toml")
	f.Fuzz(func(t *testing.T, src string) { checkEdits(t, path, src) })
}

func TestEditorOnOurFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.toml")
	for _, name := range []string{"config.example.toml", "configs/desktop.toml", "configs/server.toml"} {
		src := readText(t, name)
		checkEdits(t, path, src)
		checkEdits(t, path, uncommented(src))
		checkEdits(t, path, strings.ReplaceAll(src, "\n", "\r\n"))
	}
}

// checkEdits makes every change that there is to src.
func checkEdits(t *testing.T, path, src string) {
	before := loaded(t, path, src)
	if before == nil {
		return
	}
	check := func(what, except string, change func(*Editor) error) {
		loaded(t, path, src)
		e, err := OpenEditor(path)
		if err != nil {
			t.Fatalf("what loads cannot be opened: %v\n%s", err, src)
		}
		if change(e) != nil {
			if e.changed() {
				t.Fatalf("%s was refused and changed the text:\n%s", what, src)
			}
			return
		}
		text := string(e.content())
		after := loaded(t, path, text)
		if after == nil {
			t.Fatalf("%s made a file that does not load:\n%q\nof\n%q", what, text, src)
		}
		if diff := cmp.Diff(others(before, except), others(after, except), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s changed other profiles\n%s", what, diff)
		}
		rest := text
		for _, piece := range kept(strings.TrimPrefix(src, byteOrderMark), except) {
			i := strings.Index(rest, piece)
			if i < 0 {
				t.Fatalf("%s lost %q:\n%q\nof\n%q", what, piece, text, src)
			}
			rest = rest[i+len(piece):]
		}
	}
	check("add", "new", func(e *Editor) error {
		return e.Add(Settings{Name: "new", ClientID: "11111111-1111-1111-1111-111111111111"})
	})
	check("add a key", "", func(e *Editor) error { return e.AddKey(APIKey{Name: "newest", SHA256: [32]byte{1}}) })
	for _, name := range before.Names() {
		check("use "+name, "", func(e *Editor) error { return e.Use(name) })
		check("remove "+name, name, func(e *Editor) error { return e.Remove(name) })
	}
}

// loaded loads src from path; nil where it does not load.
func loaded(t *testing.T, path, src string) *Config {
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Options{File: path, Getenv: anyHome})
	if err != nil {
		return nil
	}
	return c
}

func others(c *Config, except string) []Profile {
	return slices.DeleteFunc(slices.Clone(c.Profiles), func(p Profile) bool { return p.Name == except })
}

// kept returns what has to be left of src without a profile, in its order: the
// entries and headers of other tables, and each comment that neither stands
// among the profile's lines nor touches one of them. Lists of profiles and the
// default may change.
func kept(src, name string) []string {
	items := scanAll(src).items
	var out []string
	at := 0
	for i := 0; i <= len(items); i++ {
		end, above, below := len(src), i > 0 && items[i-1].of(name), false
		if i < len(items) {
			end, below = items[i].start, items[i].of(name)
		}
		out = append(out, comments(src[at:end], above, below)...)
		if i == len(items) {
			break
		}
		at = items[i].end
		last := items[i].parts[len(items[i].parts)-1]
		if piece := strings.TrimRight(src[items[i].start:at], " \t\r"); !below && last != "default_profile" && last != "profiles" && !strings.Contains(piece, "\n") {
			out = append(out, piece)
		}
	}
	return out
}

// comments returns the comments of what lies between two items.
func comments(gap string, above, below bool) []string {
	if above && below {
		return nil
	}
	lines := strings.Split(gap, "\n")
	first, last := 0, len(lines)
	if above {
		for first < last && (first == 0 || isComment(lines[first])) {
			first++
		}
	}
	if below {
		for last--; last > first && isComment(lines[last-1]); last-- {
		}
	}
	var out []string
	for _, line := range lines[first:max(first, last)] {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// FuzzQuote holds the writer against the library.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", `C:\x`, `a'b\c`, "\x00\x1b[31m\x7f\u009b\u202e\u2028", `"""`, "é😀", "\t\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !strings.Contains(strings.ToValidUTF8(s, "\xff"), "\xff") {
			tree, err := parseTOML("k = " + quote(s) + "\n")
			if err != nil || tree["k"] != s {
				t.Errorf("%q was written as %s and read as %q, %v", s, quote(s), tree["k"], err)
			}
		}
	})
}
