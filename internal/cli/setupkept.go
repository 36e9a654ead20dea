package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// keptAnswers is what a set-up that was stopped leaves behind, so that it can go on: what was answered, and never a secret.
type keptAnswers struct {
	Begun   time.Time         `json:"begun"`
	Answers map[string]string `json:"answers"`
	// Proposed are answers that the person wants to change: they are asked for again, with these as the usual ones.
	Proposed map[string]string `json:"proposed,omitempty"`
	Wrote    bool              `json:"wrote"` // the profile was written by this set-up
	// Config is the SHA-256, in hexadecimal, of the configuration file right after that. Once somebody has edited it, the profile
	// is theirs.
	Config string `json:"config,omitempty"`
}

// keptFile is where it is kept: beside the configuration; "" where there is no place.
func (o *options) keptFile() string {
	path := profile.Path(o.place())
	if path == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(path), "setup.json")
}

// mostKept bounds the file, in bytes.
const mostKept = 64 << 10

// readKept reads what a set-up has left; nil where there is nothing, or nothing of use.
func readKept(path string) *keptAnswers {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var kept keptAnswers
	if json.NewDecoder(io.LimitReader(f, mostKept)).Decode(&kept) != nil || len(kept.Answers)+len(kept.Proposed) == 0 {
		return nil
	}
	return &kept
}

// write puts it into a file for this user alone, whole or not at all. What stood there is replaced, and not followed.
func (k *keptAnswers) write(path string) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".setup.*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// keep keeps what was answered so far. That it cannot is said once: the set-up goes on without.
func (s *setup) keep() {
	if s.talk == nil || s.file == "" || s.unkept {
		return
	}
	s.kept.Proposed = s.proposed
	if err := s.kept.write(s.file); err != nil {
		s.unkept = true
		s.talk.say(fmt.Sprintf("What you answer cannot be kept for another time: %v", err))
	}
}

// forget removes what was kept.
func (s *setup) forget() error {
	if s.file == "" {
		return nil
	}
	if err := os.Remove(s.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing what was kept of the set-up: %w", err)
	}
	return nil
}
