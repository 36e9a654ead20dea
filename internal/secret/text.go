package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden stands for every Text that is printed, empty ones too: whether a
// secret is set is nobody's business either.
const hidden = "[secret]"

// Text is a string that does not print. fmt (every verb), encoding/json, every
// encoder that honours encoding.TextMarshaler, and log/slog show "[secret]" in
// its place; [Text.Reveal] is the only way to the string itself.
//
// The zero value is empty. A Text is immutable and safe for concurrent use. It
// cannot be compared with ==, which would invite comparing in variable time.
type Text struct {
	// A closure and not a string, because fmt reads unexported fields by
	// reflection and asks no method: Printf("%v") of a struct that holds a Text
	// in an unexported field, and "%p" of a Text, would print a string.
	reveal func() string
}

// NewText returns a Text that holds s.
func NewText(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{reveal: func() string { return s }}
}

// Reveal returns the string. Call it where the secret leaves for its own
// destination and nowhere else.
func (t Text) Reveal() string {
	if t.reveal == nil {
		return ""
	}
	return t.reveal()
}

// IsZero reports whether t is empty.
func (t Text) IsZero() bool { return t.reveal == nil }

// String returns "[secret]".
func (t Text) String() string { return hidden }

// GoString returns "[secret]".
func (t Text) GoString() string { return hidden }

// Format writes "[secret]" whatever the verb and its flags.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON returns "[secret]" as a JSON string.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText returns "[secret]".
func (t Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "[secret]".
func (t Text) LogValue() slog.Value { return slog.StringValue(hidden) }
