package secret

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// sealedMagic is how every sealed file begins, and sealedHeader one of this
	// version. What follows is a nonce of 12 bytes and what AES-256-GCM made of
	// the secrets, with the header as its additional data.
	sealedMagic  = "microsoft-mcp-server sealed secrets, version "
	sealedHeader = sealedMagic + "1\n"

	maxSealed   = 4 << 20          // bytes of the file
	sealedLimit = 10 * time.Second // to wait for other processes that write it

	keyHint = "make a key with: openssl rand -base64 32"
)

// SealedFile returns a Vault that keeps its secrets, and their keys' names, in
// the file at path, sealed with AES-256-GCM. It is for machines without a
// keyring. Whoever can read both the file and what key reads has the secrets: key
// belongs elsewhere, for instance in the environment that a platform sets, or in
// a systemd credential.
//
// key gives 32 random bytes in base64 or hex; a password is refused. The file is
// sealed anew at each write, and replaced as a whole, so that a process which is
// killed leaves the old one or the new one. It has the mode 0600, in a folder
// that is made with 0700 where it is missing; with its last secret it goes. On
// Unix, a file that others can read, that another user owns, or that is a
// symbolic link, is refused. Processes take turns at writing it.
//
// A file that cannot be opened (a wrong key, damage) is ErrUnavailable and never
// overwritten.
func SealedFile(path string, key Source) Vault { return &sealedFile{path, key, lockAt(path + ".lock")} }

type sealedFile struct {
	path string
	key  Source
	lock *Lock
}

// Get implements [Vault].
func (s *sealedFile) Get(ctx context.Context, key string) (Text, error) {
	op, err := s.begin(ctx, "reading", key)
	if err != nil {
		return Text{}, err
	}
	if readersLock && s.exists() {
		release, err := s.acquire(ctx, op)
		if err != nil {
			return Text{}, err
		}
		defer release()
	}
	// The key comes first: that it is missing is better known before a person
	// signs in, for what could then not be stored.
	aead, err := s.aead(ctx, op)
	if err != nil {
		return Text{}, err
	}
	raw, err := s.load(op)
	if err != nil {
		return Text{}, err
	}
	if raw == nil {
		return Text{}, notStored(op, key)
	}
	secrets, err := s.unseal(op, aead, raw)
	if err != nil {
		return Text{}, err
	}
	value, ok := secrets[key]
	if !ok {
		return Text{}, notStored(op, key)
	}
	return NewText(string(value)), nil
}

// Put implements [Vault].
func (s *sealedFile) Put(ctx context.Context, key string, t Text) error {
	op, err := s.begin(ctx, "storing", key)
	if err != nil {
		return err
	}
	if err := checkText(op, key, t, MaxStored); err != nil {
		return err
	}
	return s.change(ctx, op, func(secrets map[string][]byte) error {
		secrets[key] = []byte(t.Reveal())
		return nil
	})
}

// Delete implements [Vault].
func (s *sealedFile) Delete(ctx context.Context, key string) error {
	op, err := s.begin(ctx, "deleting", key)
	if err != nil {
		return err
	}
	if !s.exists() { // and neither its folder nor a lock is made for that
		return notStored(op, key)
	}
	return s.change(ctx, op, func(secrets map[string][]byte) error {
		if _, ok := secrets[key]; !ok {
			return notStored(op, key)
		}
		delete(secrets, key)
		return nil
	})
}

// session returns a Vault on the same file for the calls of one record, which
// reads the key once: it may come from a slow command.
func (s *sealedFile) session() Vault {
	return &sealedFile{path: s.path, key: Once(s.key), lock: s.lock}
}

// begin names the act, and refuses what no Vault takes.
func (s *sealedFile) begin(ctx context.Context, verb, key string) (op string, err error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	op = fmt.Sprintf("%s %s, sealed file %s", verb, key, s.path)
	if err := ctx.Err(); err != nil {
		return "", &Error{Op: op, Err: err}
	}
	return op, nil
}

func notStored(op, key string) error { return &Error{Op: op, Kind: ErrNotFound, Next: storeHint(key)} }

// exists reports whether there is anything at the path.
func (s *sealedFile) exists() bool {
	_, err := os.Lstat(s.path)
	return !errors.Is(err, fs.ErrNotExist)
}

// change reads the secrets, has act change them, and writes them, while no other
// process does.
func (s *sealedFile) change(ctx context.Context, op string, act func(map[string][]byte) error) error {
	aead, err := s.aead(ctx, op) // before the lock: it may come from a slow command
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return s.writeError(op, err)
	}
	release, err := s.acquire(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	raw, err := s.load(op)
	if err != nil {
		return err
	}
	secrets := make(map[string][]byte)
	if raw != nil {
		if secrets, err = s.unseal(op, aead, raw); err != nil {
			return err
		}
	}
	if err := act(secrets); err != nil {
		return err
	}
	return s.save(op, aead, secrets)
}

// acquire waits for the processes that write the file. Here the lock is not best
// effort: two that write at once would lose a secret.
func (s *sealedFile) acquire(ctx context.Context, op string) (release func(), err error) {
	bounded, cancel := context.WithTimeout(ctx, sealedLimit)
	defer cancel()
	release, err = s.lock.Acquire(bounded)
	switch {
	case err == nil:
		return release, nil
	case ctx.Err() != nil:
		return nil, &Error{Op: op, Err: ctx.Err()}
	case bounded.Err() != nil:
		return nil, &Error{Op: op, Kind: ErrUnavailable, Err: fmt.Errorf("another process kept it locked for %s", sealedLimit),
			Next: "try again; end the server's other processes if it stays so"}
	}
	return nil, s.writeError(op, err)
}

// load returns the file's content, or nil where there is no file.
func (s *sealedFile) load(op string) ([]byte, error) {
	if info, err := os.Lstat(s.path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, &Error{Op: op, Kind: ErrUnavailable, Err: errors.New("it is a symbolic link"),
			Next: "name the file itself: a link would be replaced by a file at the first write"}
	}
	f, info, err := openClosed(op, s.path, noFollow)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if foreign(info) {
		return nil, &Error{Op: op, Kind: ErrUnavailable, Err: errors.New("another user owns it"),
			Next: "see who put it there; if it is yours, run: " + ownCommand(s.path)}
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxSealed+1))
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrUnavailable, Err: bare(err), Next: "check the file system it lies on"}
	}
	return raw, nil
}

// aead makes the cipher of the key. That the key is missing must not look as if
// the secret were: its error's kinds are not passed on.
func (s *sealedFile) aead(ctx context.Context, op string) (cipher.AEAD, error) {
	text, err := s.key.Read(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, &Error{Op: op, Err: ctx.Err()}
		}
		e := &Error{Op: op, Kind: ErrUnavailable, Err: fmt.Errorf("its key: %v", err), Next: keyHint}
		if errors.Is(err, ErrLocked) {
			e.Kind = ErrLocked
		}
		var h interface{ Hint() string }
		if errors.As(err, &h) && h.Hint() != "" {
			e.Next = h.Hint() + "; " + keyHint
		}
		return nil, e
	}
	key, err := parseKey(text.Reveal())
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrUnavailable, Err: fmt.Errorf("its key: %w", err), Next: keyHint}
	}
	block, err := aes.NewCipher(key)
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return aead, nil
		}
	}
	return nil, &Error{Op: op, Kind: ErrUnavailable, Err: err, Next: "report this, it is a mistake in the server"}
}

// parseKey takes 32 bytes in base64, of either alphabet, padded or not, or in
// hex. A password would be guessed: nothing here makes guessing slow.
func parseKey(s string) ([]byte, error) {
	s = strings.TrimSpace(s)
	unpadded := strings.TrimSuffix(s, "=")
	for _, decode := range []func() ([]byte, error){
		func() ([]byte, error) { return base64.RawStdEncoding.Strict().DecodeString(unpadded) },
		func() ([]byte, error) { return base64.RawURLEncoding.Strict().DecodeString(unpadded) },
		func() ([]byte, error) { return hex.DecodeString(s) },
	} {
		key, err := decode()
		switch {
		case err != nil || len(key) != 32 || strings.ContainsAny(s, "\r\n"): // which base64 skips
		case strings.Count(string(key), string(key[:1])) == len(key):
			return nil, errors.New("it is a placeholder, one byte again and again")
		default:
			return key, nil
		}
	}
	return nil, errors.New("it is not 32 bytes in base64 or hex")
}

// unseal opens the content.
func (s *sealedFile) unseal(op string, aead cipher.AEAD, raw []byte) (map[string][]byte, error) {
	refuse := func(why, next string) (map[string][]byte, error) {
		return nil, &Error{Op: op, Kind: ErrUnavailable, Err: errors.New(why), Next: next}
	}
	box, ok := strings.CutPrefix(string(raw), sealedHeader)
	switch {
	case !ok && strings.HasPrefix(string(raw), sealedMagic):
		return refuse("another version of the server sealed it", "run the version that did, or the newest")
	case !ok:
		return refuse("it is not a sealed file, or is damaged at its beginning", "correct the path, or restore the file from a backup; "+
			"or move it away, and sign in and store the secrets again")
	}
	plain, err := aead.Open(nil, nil, []byte(box), []byte(sealedHeader))
	if err != nil {
		return refuse("the key is not the one it was sealed with, or it is damaged", "give the right key, or restore the file from a backup; "+
			"or move it away, and sign in and store the secrets again")
	}
	var secrets map[string][]byte
	if err := json.Unmarshal(plain, &secrets); err != nil || secrets == nil {
		// err is left out: it may quote what it could not read.
		return refuse("what it holds is not a list of secrets", "move it away, and sign in and store the secrets again")
	}
	return secrets, nil
}
