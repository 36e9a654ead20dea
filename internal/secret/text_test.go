package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const (
	plain  = "hunter2"
	hidden = "[secret]"
)

func TestTextHoldsItsString(t *testing.T) {
	t.Parallel()
	var zero secret.Text
	if !zero.IsZero() || zero.Reveal() != "" {
		t.Error("the zero Text is not empty")
	}
	if empty := secret.NewText(""); !empty.IsZero() || empty.Reveal() != "" {
		t.Error(`NewText("") is not empty`)
	}
	if text := secret.NewText(plain); text.IsZero() || text.Reveal() != plain {
		t.Error("NewText lost its string")
	}
}

func TestTextPrintsAsSecretWithEveryVerb(t *testing.T) {
	t.Parallel()
	for _, text := range []secret.Text{secret.NewText(plain), {}} {
		for verb := rune('A'); verb <= 'z'; verb++ {
			if strings.ContainsRune("Tpw[", verb) {
				continue // fmt answers these itself, see the next test
			}
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "20", ".3"} {
				format := "%" + flags + string(verb)
				if got := fmt.Sprintf(format, text); got != hidden {
					t.Errorf("%s: got %q, want %q", format, got, hidden)
				}
			}
		}
		if got := text.String() + text.GoString() + fmt.Sprint(text); got != hidden+hidden+hidden {
			t.Errorf("String, GoString, Sprint: got %q", got)
		}
	}
}

// Where fmt reads by reflection it asks no method.
func TestTextDoesNotPrintFromInside(t *testing.T) {
	t.Parallel()
	type inner struct{ text secret.Text }
	text := secret.NewText(plain)
	values := []any{
		text, &text, inner{text}, &inner{text}, []inner{{text}}, map[string]inner{"k": {text}},
		struct{ Public secret.Text }{text}, []secret.Text{text}, [1]any{text}, struct{ any }{inner{text}},
		errors.Join(fmt.Errorf("with %v and %q", text, text)),
	}
	for _, value := range values {
		for verb := rune('A'); verb <= 'z'; verb++ {
			for _, flags := range []string{"%", "%+", "%#", "%!"} {
				got := fmt.Sprintf(flags+string(verb), value)
				if holdsPlain(got) {
					t.Fatalf("%s%c of a %T prints the secret", flags, verb, value)
				}
			}
		}
		for _, format := range []string{"no verb for it", "%s%[1]*d", "%[9]v"} {
			if holdsPlain(fmt.Sprintf(format, value)) {
				t.Fatalf("%q with a %T prints the secret", format, value)
			}
		}
	}
}

// holdsPlain also knows the secret in the forms of %x, %X, %d and %c.
func holdsPlain(s string) bool {
	for _, form := range []string{"%s", "%x", "%X", "% x", "%d", "%q"} {
		if strings.Contains(s, fmt.Sprintf(form, []byte(plain))) {
			return true
		}
	}
	return false
}

func TestTextMarshalsAsSecret(t *testing.T) {
	t.Parallel()
	type doc struct {
		Text secret.Text
		Map  map[string]secret.Text
		Nil  secret.Text
	}
	type named struct{ Text secret.Text }
	text := secret.NewText(plain)
	got, err := json.Marshal(doc{Text: text, Map: map[string]secret.Text{"k": text}})
	want := `{"Text":"[secret]","Map":{"k":"[secret]"},"Nil":"[secret]"}`
	if err != nil || string(got) != want {
		t.Errorf("JSON: got %s, error %v, want %s", got, err, want)
	}
	got, err = xml.Marshal(named{text})
	if err != nil || !bytes.Contains(got, []byte(hidden)) || holdsPlain(string(got)) {
		t.Errorf("XML: got %s, error %v", got, err)
	}
}

func TestTextLogsAsSecret(t *testing.T) {
	t.Parallel()
	type inner struct{ text secret.Text }
	text := secret.NewText(plain)
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		out.Reset()
		slog.New(handler).Info("message", "direct", text, "pointer", &text, "inside", inner{text},
			slog.Group("group", "text", text), "list", []secret.Text{text})
		if got := out.String(); holdsPlain(got) || strings.Count(got, hidden) < 3 {
			t.Errorf("%T: got %s", handler, got)
		}
	}
}
