package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxRead is the size in bytes of the largest secret read from a file or a
// command: ample for a key with its chain of certificates.
const maxRead = 64 << 10

// Source reads one secret, anew at each Read, so that a secret that was replaced
// is found. It is safe for concurrent use and fails with an [Error].
type Source interface {
	Read(ctx context.Context) (Text, error)
}

// FromVault reads the secret that v keeps under key.
func FromVault(v Vault, key string) Source { return vaultSource{v, key} }

type vaultSource struct {
	vault Vault
	key   string
}

func (s vaultSource) Read(ctx context.Context) (Text, error) { return s.vault.Get(ctx, s.key) }

// FromEnv reads the environment variable name through getenv. A variable that is
// unset, empty, or still the placeholder "${…}" of a client that did not
// substitute it is ErrNotFound.
func FromEnv(getenv func(string) string, name string) Source { return envSource{getenv, name} }

type envSource struct {
	getenv func(string) string
	name   string
}

func (s envSource) Read(ctx context.Context) (Text, error) {
	op := fmt.Sprintf("reading the environment variable %s", s.name)
	if err := ctx.Err(); err != nil {
		return Text{}, &Error{Op: op, Err: err}
	}
	value := s.getenv(s.name)
	switch {
	case value == "":
		return Text{}, &Error{Op: op, Kind: ErrNotFound, Err: errors.New("it is unset or empty"),
			Next: fmt.Sprintf("set %s in the environment the server is started with", s.name)}
	case strings.HasPrefix(value, "${") && strings.HasSuffix(value, "}"):
		return Text{}, &Error{Op: op, Kind: ErrNotFound, Err: errors.New("it holds a placeholder that was not substituted"),
			Next: fmt.Sprintf("set %s where the client that starts the server takes its variables from", s.name)}
	}
	return NewText(value), nil
}

// toText makes a Text of what a file or a command gave: at most maxRead bytes of
// UTF-8, without the newline that editors and echo put at the end.
func toText(op string, raw []byte, next string) (Text, error) {
	if len(raw) > maxRead {
		return Text{}, &Error{Op: op, Kind: ErrTooLarge, Err: fmt.Errorf("more than %d bytes", maxRead), Next: next}
	}
	if line, ok := bytes.CutSuffix(raw, []byte("\n")); ok {
		raw = bytes.TrimSuffix(line, []byte("\r"))
	}
	if len(raw) == 0 {
		return Text{}, &Error{Op: op, Kind: ErrNotFound, Err: errors.New("it is empty"), Next: next}
	}
	// A byte order mark or UTF-16, as Windows editors and shells write, would
	// reach Entra as part of the secret and be refused there with a riddle.
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 || bytes.HasPrefix(raw, []byte("\uFEFF")) {
		return Text{}, &Error{Op: op, Kind: ErrUnavailable, Err: errors.New("it is not plain UTF-8 text"),
			Next: next + ", in UTF-8 without a byte order mark"}
	}
	return NewText(string(raw)), nil
}

// Once returns a Source that reads s once and keeps what it gave, for a key that
// is needed at every look and comes from a slow command. A failure is not kept.
func Once(s Source) Source { return &onceSource{source: s, turn: make(chan struct{}, 1)} }

type onceSource struct {
	source Source
	turn   chan struct{} // held by the one that reads, or looks at text
	text   Text
}

func (s *onceSource) Read(ctx context.Context) (Text, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Text{}, &Error{Op: "waiting for a secret that is being read", Err: ctx.Err()}
	}
	if !s.text.IsZero() {
		return s.text, nil
	}
	var err error
	s.text, err = s.source.Read(ctx)
	return s.text, err
}
