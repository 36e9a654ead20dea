package profile

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

const lineSample = `# a comment = 1
top = "x # no comment" # b = 2

[a.b] # [c]
plain = 1979-05-27 07:32:00
"quoted key" = 'C:\'
'raw' = """
inside = 1
\""" still """"
after.dots.in = [ # d = 4
  "one", """
two
""", { x = 1, y = [
    2 ] },
]
inline = { p = 1, q.r = { s = """
""", t = 1 } }
[[list]]
name = 1
[list.sub]
deep = 1
[[list]]
name = 2
[[list.inner]]
z = 1
[[list.inner]]
z = 2
["esc\u0061ped".x]
y = 1
`

func TestScan(t *testing.T) {
	t.Parallel()
	if err := toml.Unmarshal([]byte(lineSample), new(map[string]any)); err != nil {
		t.Fatalf("the sample is no TOML: %v", err)
	}
	s := scanAll(strings.ReplaceAll(lineSample, "\n", "\r\n"))
	if s.beyond != 0 {
		t.Fatalf("line %d is out of bounds", s.beyond)
	}
	got := map[string]int{}
	for key, at := range s.lines {
		got[key] = at.line
	}
	want := map[string]int{
		"top": 2, "a": 4, "a.b": 4, "a.b.plain": 5, `a.b."quoted key"`: 6, "a.b.raw": 7,
		"a.b.after": 10, "a.b.after.dots": 10, "a.b.after.dots.in": 10, "a.b.after.dots.in[0]": 11,
		"a.b.after.dots.in[1]": 11, "a.b.after.dots.in[2]": 13, "a.b.after.dots.in[2].x": 13,
		"a.b.after.dots.in[2].y": 13, "a.b.after.dots.in[2].y[0]": 14,
		"a.b.inline": 16, "a.b.inline.p": 16, "a.b.inline.q": 16, "a.b.inline.q.r": 16, "a.b.inline.q.r.s": 16, "a.b.inline.q.r.t": 17,
		"list": 18, "list[0]": 18, "list[0].name": 19, "list[0].sub": 20, "list[0].sub.deep": 21,
		"list[1]": 22, "list[1].name": 23, "list[1].inner": 24, "list[1].inner[0]": 24, "list[1].inner[0].z": 25,
		"list[1].inner[1]": 26, "list[1].inner[1].z": 27,
		"escaped": 28, "escaped.x": 28, "escaped.x.y": 29,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParentKey(t *testing.T) {
	t.Parallel()
	for _, row := range [][2]string{
		{"a", ""}, {"a.b", "a"}, {"a.b[2]", "a.b"}, {"a[1].b", "a[1]"}, {`a."b.c"`, "a"}, {`a."b\".c[0]".d`, `a."b\".c[0]"`}, {"", ""},
	} {
		if got := parentKey(row[0]); got != row[1] {
			t.Errorf("parentKey(%s) = %s, want %s", row[0], got, row[1])
		}
	}
}

// FuzzScan holds the scanner against the library: whatever that parses, the
// scanner knows the line of each key.
func FuzzScan(f *testing.F) {
	f.Add(lineSample)
	f.Add("a = \"\"\"\"\"\"\nb.c = '''\n''''\n[d]\n\"\" = {}\n")
	f.Add("a = [[], [{b=1,},],]\nc = -inf\nd = {\n e = 1, # f\n}\n[[g]]\n[[g.h]]\ni = 'j'")
	f.Fuzz(func(t *testing.T, src string) {
		s := scanAll(src)
		if s.beyond != 0 || strings.HasPrefix(src, "\ufeff") || strings.ContainsRune(src, 0) ||
			strings.HasPrefix(src, "\xff\xfe") || strings.HasPrefix(src, "\xfe\xff") {
			return // never reaches the library
		}
		var tree map[string]any
		if tree, _ = parseTOML(src); tree == nil {
			return
		}
		text := strings.Split(src, "\n")
		walk("", tree, func(key, last string) {
			at, ok := s.lines[key]
			if !ok {
				t.Fatalf("no line for %s in\n%s", key, src)
			}
			if bare := joinKey("", last); bare == last && last != "" && !strings.Contains(src, `\`) && !strings.Contains(text[at.line-1], last) {
				t.Fatalf("line %d does not hold %s in\n%s", at.line, key, src)
			}
		})
	})
}

// walk calls visit for each key of a tree.
func walk(key string, v any, visit func(key, last string)) {
	if elements, ok := elementsOf(v); ok {
		for i, e := range elements {
			walk(indexKey(key, i), e, visit)
		}
	}
	table, _ := v.(map[string]any)
	for name, value := range table {
		visit(joinKey(key, name), name)
		walk(joinKey(key, name), value, visit)
	}
}
