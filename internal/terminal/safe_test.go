package terminal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Zoé 渡辺 👩‍💻":              "Zoé 渡辺 👩‍💻",
		"a\x1b]0;title\x07b":      `a\u001b]0;title\u0007b`,
		"a\u009b31mb":             `a\u009b31mb`, // C1's CSI
		"a\x9bb":                  "a\ufffdb",    // the same in Latin-1, which is no UTF-8
		"gpj.\u202eexe":           `gpj.\u202eexe`,
		"\u2066x\u2069\u200f":     `\u2066x\u2069\u200f`,
		"pay\u200dpal":            `pay\u200dpal`,
		"\u200d渡":                 `\u200d渡`,
		"نمی\u200cخواهم":          "نمی\u200cخواهم",
		"渡\u200d\u202e":           `渡\u200d\u202e`,
		"hi\U000e0041\ufeff":      `hi\U000e0041\ufeff`,
		"one\r\ntwo\tthree\u2028": `one\u000d\u000atwo\u0009three\u2028`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got, want := Lines("one\r\ntwo\tx\ry\x1bc"), "one\ntwo\tx\\u000dy\\u001bc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	const raw = `{"a":"x","n":-1.50e3,"big":12345678901234567890,"l":[true,null,{}],"q\"":"\\\""}`
	var b strings.Builder
	if ok, err := JSON(&b, Screen{Colour: true}, []byte(raw), ""); !ok || err != nil {
		t.Fatal(ok, err)
	}
	want := "{\n  \x1b[1;34m\"a\"\x1b[0m: \x1b[32m\"x\"\x1b[0m,\n  \x1b[1;34m\"n\"\x1b[0m: \x1b[36m-1.50e3\x1b[0m,\n" +
		"  \x1b[1;34m\"big\"\x1b[0m: \x1b[36m12345678901234567890\x1b[0m,\n  \x1b[1;34m\"l\"\x1b[0m: [\n    \x1b[35mtrue\x1b[0m,\n" +
		"    \x1b[35mnull\x1b[0m,\n    {}\n  ],\n  \x1b[1;34m\"q\\\"\"\x1b[0m: \x1b[32m\"\\\\\\\"\"\x1b[0m\n}\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if ok, err := JSON(&b, Screen{}, []byte("no JSON"), ""); ok || err != nil || b.Len() > 0 {
		t.Errorf("got %v, %v, %q", ok, err, b.String())
	}
}

// Lists of texts fill the lines of a screen.
func TestJSONFillsLines(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if _, err := JSON(&b, Screen{Width: 20}, []byte(`{"a":["one","two","three",4,"a word that is too long for a line",5],"b":[[1]],"c":[]}`), ""); err != nil {
		t.Fatal(err)
	}
	want := `{
  "a": [
    "one", "two",
    "three", 4,
    "a word that is too long for a line",
    5
  ],
  "b": [
    [
      1
    ]
  ],
  "c": []
}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// Whatever a service sends: what is shown means the same JSON, and steers no terminal.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":["\u001b[31m",1,true,"` + "\u009b\u202e\U000e0041" + `"]}`))
	f.Add([]byte(`"\\"`))
	f.Add([]byte("0\r\n"))
	f.Add([]byte("\"\x9b\x80\""))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b bytes.Buffer
		ok, err := JSON(&b, Screen{}, raw, "  ")
		if err != nil || ok != json.Valid(raw) {
			t.Fatalf("got %v, %v", ok, err)
		}
		if !ok {
			return
		}
		var before, after any
		if json.Unmarshal(raw, &before) != nil { // such as a number that is too large
			return
		}
		var filled bytes.Buffer
		if _, err := JSON(&filled, Screen{Width: 20}, raw, ""); err != nil {
			t.Fatal(err)
		}
		steers(t, filled.String(), "\n")
		if err := json.Unmarshal(filled.Bytes(), &after); err != nil || !cmp.Equal(before, after) {
			t.Errorf("got %s", filled.String())
		}
		after = nil
		if err := json.Unmarshal(b.Bytes(), &after); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
		steers(t, b.String(), "\n")
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\x1b[31m\u202e\u009b渡\u200d\u200d渡")
	f.Fuzz(func(t *testing.T, text string) {
		steers(t, Printable(text), "")
		steers(t, Lines(text), "\n\t")
		steers(t, oneLine(text), "")
	})
}

// steers fails where text has a control, or an unseen character that does more than to join two signs.
func steers(t *testing.T, text, allowed string) {
	t.Helper()
	for _, r := range text {
		if (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)) &&
			!strings.ContainsRune(allowed, r) && r != '\u200c' && r != '\u200d' {
			t.Errorf("%q has %U", text, r)
		}
	}
}
