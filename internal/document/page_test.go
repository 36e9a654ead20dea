package document

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPage(t *testing.T) {
	t.Parallel()
	text := &Text{Body: "# Title\n\nfirst words\n\n|h|i|\n|-|-|\n|1|2|\n|3|4|\n|5|6|\n\nlast ä"}
	for _, row := range []struct {
		n, chars        int
		text, continues string
		of              int
	}{
		{1, 1000, text.Body, "", 1},
		{1, 36, "# Title\n\nfirst words\n\n|h|i|\n|-|-|\n", "", 2},
		{2, 36, "|1|2|\n|3|4|\n|5|6|\n\nlast ä", "# Title\n\n|h|i|\n|-|-|", 2},
		{1, 5, "# Tit", "", 17},
		{17, 5, "ä", "# Title", 17},
	} {
		got, err := text.Page(row.n, row.chars)
		want := Page{Text: row.text, Number: row.n, Of: row.of, Continues: row.continues}
		if err != nil || got != want {
			t.Errorf("page %d of %d: got %+v, %v, want %+v", row.n, row.chars, got, err, want)
		}
	}
	for _, n := range []int{0, -1, 2} {
		if _, err := text.Page(n, 1000); err == nil || err.Error() != "the file has no such page: page "+map[int]string{0: "0", -1: "-1", 2: "2"}[n]+" was asked for; at 1000 characters a page there are 1" {
			t.Errorf("page %d: %v", n, err)
		}
	}
	if _, err := text.Page(1, 0); err == nil {
		t.Error("pages of nothing")
	}
	if got, err := (&Text{}).Page(1, 10); err != nil || got != (Page{Number: 1, Of: 1}) {
		t.Errorf("empty: %+v, %v", got, err)
	}
	slides := &Text{Body: "## One\n\n" + strings.Repeat("a ", 20) + "\n\n## Two\n\nb\n\nc"}
	if got, _ := slides.Page(2, 60); got.Text != "## Two\n\nb\n\nc" {
		t.Errorf("a section begins a page: %q", got.Text)
	}
}

// All pages together are the text, and none is longer than was asked for.
func FuzzPage(f *testing.F) {
	f.Add("# a\n\n|b|\n|-|\n|c|\n\nd e", 7)
	f.Add("äöü\xff\n\n日本", 1)
	f.Fuzz(func(t *testing.T, body string, maxChars int) {
		if maxChars < 1 || len(body)/maxChars > 2000 {
			return
		}
		body = strings.ToValidUTF8(body, "?")
		checkPages(t, &Text{Body: body}, maxChars)
	})
}

func checkPages(t *testing.T, text *Text, maxChars int) {
	t.Helper()
	var all strings.Builder
	for n, of := 1, 1; n <= of; n++ {
		page, err := text.Page(n, maxChars)
		if err != nil {
			t.Fatalf("page %d of %d: %v", n, of, err)
		}
		if count := utf8.RuneCountInString(page.Text); count > maxChars || !utf8.ValidString(page.Text) {
			t.Fatalf("page %d has %d characters, more than %d, or is no UTF-8: %q", n, count, maxChars, page.Text)
		}
		of = page.Of
		all.WriteString(page.Text)
	}
	if all.String() != text.Body {
		t.Fatalf("the pages are %q, the text is %q", all.String(), text.Body)
	}
}
