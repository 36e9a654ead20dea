package terminal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func written(t *testing.T, table Table, s Screen) (string, []string) {
	t.Helper()
	var b strings.Builder
	left, err := table.Write(&b, s)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), left
}

func people() Table {
	return Table{
		Columns: []Column{{Name: "name", Ink: func(string) Ink { return Good }}, {Name: "id", Spare: true}, {Name: "mails", Right: true}, {Name: "title"}},
		Rows: [][]string{
			{"渡辺 大輔", "e73b98ed-4ea3-8c63-93b3-6e1ef17ea02f", "7", "Chief Operating Officer"},
			{"Zoé", "a3c7f810-2b4e-4f0d-9d15-6e8470bc52f1", "1234"},
			{"👩‍💻 Ada", "3", "", "Director"},
		},
	}
}

// Where nobody looks, nothing is missing, and nothing stands at the ends of lines.
func TestTableOfAnyWidth(t *testing.T) {
	t.Parallel()
	got, left := written(t, people(), Screen{})
	want := "name       id                                    mails  title\n" +
		"渡辺 大輔  e73b98ed-4ea3-8c63-93b3-6e1ef17ea02f      7  Chief Operating Officer\n" +
		"Zoé        a3c7f810-2b4e-4f0d-9d15-6e8470bc52f1   1234\n" +
		"👩‍💻 Ada     3                                            Director\n"
	if diff := cmp.Diff(want, got); diff != "" || left != nil {
		t.Errorf("%s, left %v", diff, left)
	}
}

// Columns without names have no line of names.
func TestTableWithoutNames(t *testing.T) {
	t.Parallel()
	pairs := Table{Whole: true, Columns: []Column{{}, {Wrap: true}}, Rows: [][]string{{"tenant:", "contoso.com"}, {"why:", "a long text that does not fit on one line"}}}
	got, _ := written(t, pairs, Screen{Live: true, Width: 38})
	want := "tenant:  contoso.com\n" +
		"why:     a long text that does not fit\n" +
		"         on one line\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTableOnANarrowScreen(t *testing.T) {
	t.Parallel()
	got, left := written(t, people(), Screen{Live: true, Width: 39})
	want := "name       mails  title\n" +
		"渡辺 大輔      7  Chief Operating Offi…\n" +
		"Zoé         1234\n" +
		"👩‍💻 Ada            Director\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"id"}, left); diff != "" {
		t.Error(diff)
	}
}

// Whatever the width, no line is wider, and the first column is there.
func TestTableFits(t *testing.T) {
	t.Parallel()
	for width := 1; width < 90; width++ {
		got, _ := written(t, people(), Screen{Live: true, Width: width})
		for line := range strings.Lines(got) {
			if wide := Width(strings.TrimSuffix(line, "\n")); wide > width {
				t.Errorf("%d columns: %q takes %d", width, line, wide)
			}
		}
		if width > 3 && !strings.Contains(got, "Zo") {
			t.Errorf("%d columns: got %q", width, got)
		}
	}
}

// A table that is only of what can be spared is cut, too.
func TestTableOfIdentifiers(t *testing.T) {
	t.Parallel()
	table := Table{Columns: []Column{{Name: "id", Spare: true}, {Name: "tenantId", Spare: true}}, Rows: [][]string{{strings.Repeat("a", 36), strings.Repeat("b", 36)}}}
	got, left := written(t, table, Screen{Width: 20})
	if diff := cmp.Diff("id\n"+strings.Repeat("a", 19)+"…\n", got); diff != "" || len(left) != 1 {
		t.Errorf("%s, left %v", diff, left)
	}
}

func TestWholeTableBecomesRecords(t *testing.T) {
	t.Parallel()
	table := people()
	table.Whole = true
	table.Rows = table.Rows[:2]
	got, left := written(t, table, Screen{Width: 24})
	want := "name   渡辺 大輔\n" +
		"id     e73b98ed-4ea3-8c63-93b3-6e1ef17ea02f\n" +
		"mails  7\n" +
		"title  Chief Operating\n" +
		"       Officer\n" +
		"\n" +
		"name   Zoé\n" +
		"id     a3c7f810-2b4e-4f0d-9d15-6e8470bc52f1\n" +
		"mails  1234\n"
	if diff := cmp.Diff(want, got); diff != "" || left != nil {
		t.Errorf("%s, left %v", diff, left)
	}
}

func TestWholeTableIsWrapped(t *testing.T) {
	t.Parallel()
	table := people()
	table.Whole, table.Rows, table.Columns[3].Wrap = true, table.Rows[:1], true
	table.Rows[0] = append(table.Rows[0][:3:3], "Chief Operating Officer, responsible for nearly everything")
	got, _ := written(t, table, Screen{Width: 85})
	want := "name       id                                    mails  title\n" +
		"渡辺 大輔  e73b98ed-4ea3-8c63-93b3-6e1ef17ea02f      7  Chief Operating Officer,\n" +
		strings.Repeat(" ", 56) + "responsible for nearly\n" +
		strings.Repeat(" ", 56) + "everything\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTableInColour(t *testing.T) {
	t.Parallel()
	table := Table{Columns: people().Columns[:1], Rows: [][]string{{"a\x1b[31mb\nc"}}}
	got, _ := written(t, table, Screen{Colour: true})
	if want := "\x1b[1mname\x1b[0m\n\x1b[32ma\\u001b[31mb c\x1b[0m\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two three", 0, []string{"one two three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"渡辺 大輔 x", 6, []string{"渡辺", "大輔 x"}},
		{"/a/very/long/path and", 5, []string{"/a/very/long/path", "and"}},
	} {
		if diff := cmp.Diff(row.want, Wrap(row.text, row.width)); diff != "" {
			t.Errorf("%q at %d: %s", row.text, row.width, diff)
		}
	}
}
