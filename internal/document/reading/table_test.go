package reading

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	t.Parallel()
	wide := make([]string, 900)
	for i := range wide {
		wide[i] = "z"
	}
	for _, row := range []struct {
		name string
		rows [][]string
		want string
	}{
		{"short rows are filled up", [][]string{{"a"}, {"b", "c", " "}, nil}, "|a||\n|-|-|\n|b|c|\n|||"},
		{"cells are made to fit", [][]string{{"a|b", "c\r\nd\te"}}, "|a\\|b|c<br>d e|\n|-|-|"},
		{"nothing in it", [][]string{{"", " "}, {"\n"}}, ""},
		{"but not where bars are all there is", [][]string{wide, {"a"}, nil, nil, nil, {"", "b"}}, strings.Repeat("|z", 900) + "|\n" + strings.Repeat("|-", 900) + "|\n|a|\n||\n||\n||\n||b|"},
	} {
		if got := MarkdownTable(row.rows); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
		o := &Output{Max: 100}
		o.Block("before")
		if o.Table(row.rows); row.want != "" && !strings.HasPrefix("before\n\n"+row.want, o.String()) || o.Len() > 100 || o.Full != (len(row.want) > 92) {
			t.Errorf("%s: %d bytes, full %v:\n%s", row.name, o.Len(), o.Full, o.String())
		}
	}
}
