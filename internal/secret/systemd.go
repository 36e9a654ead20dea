package secret

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// FromSystemd reads the credential that systemd passes to a service under name
// (LoadCredential=, LoadCredentialEncrypted=, SetCredential=): a file in the
// folder that CREDENTIALS_DIRECTORY names, by the rules of [FromFile]. Without
// that variable, which getenv is asked for, it is ErrUnavailable.
func FromSystemd(getenv func(string) string, name string) Source { return systemdSource{getenv, name} }

type systemdSource struct {
	getenv func(string) string
	name   string
}

func (s systemdSource) Read(ctx context.Context) (Text, error) {
	op := fmt.Sprintf("reading the systemd credential %q", s.name)
	if err := ctx.Err(); err != nil {
		return Text{}, &Error{Op: op, Err: err}
	}
	if s.name == "" || s.name == "." || s.name == ".." || strings.ContainsAny(s.name, "/\\\x00") {
		return Text{}, &Error{Op: op, Kind: ErrUnavailable, Err: errors.New("no credential can have this name"),
			Next: `give the name alone, as it stands in the unit before the colon: { systemd = "NAME" }`}
	}
	load := fmt.Sprintf("add LoadCredential=%s:PATH or LoadCredentialEncrypted=%s:PATH to the service's unit", s.name, s.name)
	dir := s.getenv("CREDENTIALS_DIRECTORY")
	if !filepath.IsAbs(dir) {
		return Text{}, &Error{Op: op, Kind: ErrUnavailable, Next: "start the server as a systemd service: " + load,
			Err: errors.New("CREDENTIALS_DIRECTORY names no folder, systemd passed no credentials")}
	}
	text, err := readText(op, filepath.Join(dir, s.name))
	var e *Error
	if errors.Is(err, ErrNotFound) && errors.As(err, &e) {
		e.Next = load
	}
	return text, err
}
