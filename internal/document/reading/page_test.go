package reading

import (
	"errors"
	"strings"
	"testing"
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
	for _, row := range []struct {
		n, chars   int
		want, hint string
	}{
		{2, 50_000, "its text has 1 part of up to 50,000 characters, and page 2 was asked for", "ask for page 1"},
		{0, 1000, "its text has 1 part of up to 1,000 characters, and page 0 was asked for", "ask for page 1"},
		{-1, 36, "its text has 2 parts of up to 36 characters, and page -1 was asked for", "ask for a page from 1 to 2"},
	} {
		_, err := text.Page(row.n, row.chars)
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Hint() != row.hint || refusal.Error() != "the file has no such part: "+row.want+" (pages are these parts, not the document's own)" {
			t.Errorf("page %d: %v", row.n, err)
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

// What a page stands under is a heading, and the head of its table, whatever its length.
func TestPageContinues(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat("|1|\n", 20)
	long := "|" + strings.Repeat("a long name of a column|", 300)
	rule := "|" + strings.Repeat("-|", 300)
	for _, row := range []struct{ name, body, want string }{
		{"heading", "# A\n\n## B\nx\n\nno\n# heading\n\n", "## B"},
		{"comment in a block of code", "# A\n\n```\n\n# comment\n\n```\n\n", "# A"},
		{"no heading", "#hash\n\n", ""},
		{"a long heading", "# " + strings.Repeat("ä", 2000) + "\n\n", "# " + strings.Repeat("ä", 997) + "…"},
		{"table", "# A\n\n|b|\n|-|\n" + rows, "# A\n\n|b|\n|-|"},
		{"a wide table", long + "\n" + rule + "\n" + rows, "|" + strings.Repeat("a long name of a column|", 76) + "…|\n|" + strings.Repeat("-|", 77)},
		{"long names", "|" + strings.Repeat("ä", 2000) + "|b\\|c|\n|-|-|\n" + rows, "|" + strings.Repeat("ä", 28) + "…|b\\|c|\n|-|-|"},
	} {
		text := &Text{Body: row.body + "|2|\n"}
		if got := text.continues(len(row.body), len(text.Body)); got != row.want || len(got) > maxContinues {
			t.Errorf("%s: got %d bytes\n%s\nwant\n%s", row.name, len(got), got, row.want)
		}
	}

}

func TestExtent(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]*Text{"": {}, "1 page": {Sections: 1, SectionName: "pages"}, "2 slides": {Sections: 2, SectionName: "slides"}} {
		if got := text.Extent(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
