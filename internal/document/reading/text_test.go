package reading

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// Whatever a reader returns, a text keeps what Text promises, and an error names its format.
func TestReadMakesGood(t *testing.T) {
	t.Parallel()
	l := DefaultLimits()
	l.Text, l.file = 1024, 10
	gives := func(body string, err error) Reader {
		return func(context.Context, File, *Limits) (*Text, error) {
			return &Text{Format: "html", Body: body, Notes: []string{"a\xff"}}, err
		}
	}
	for _, row := range []struct{ body, want string }{
		{"a\r\nb\rc\xff", "a\nb\nc\uFFFD"},
		{strings.Repeat("a", 1023) + "ä", strings.Repeat("a", 1023)},
	} {
		got, err := l.Read(t.Context(), File{Data: []byte("0123456789")}, "html", gives(row.body, nil))
		if err != nil {
			t.Fatal(err)
		}
		if cut := len(row.body) > l.Text; got.Body != row.want || got.Truncated != cut || got.Notes[0] != "a\uFFFD" || (len(got.Notes) == 2) != cut {
			t.Errorf("%.20q: got %.20q, truncated %v, %q", row.body, got.Body, got.Truncated, got.Notes)
		}
	}
	for _, row := range []struct {
		data string
		err  error
		want string
	}{
		{"", errors.New("at its end"), "the html file is broken: at its end"},
		{"", &Error{Kind: Encrypted}, "the html file is encrypted"},
		{"", &Error{Kind: Encrypted, Format: "zip"}, "the zip file is encrypted"},
		{"0123456789a", nil, "the file is too large to be read: it has 0 MiB; at most 0 MiB are read"},
	} {
		if _, err := l.Read(t.Context(), File{Data: []byte(row.data)}, "html", gives("", row.err)); err == nil || err.Error() != row.want {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
}
