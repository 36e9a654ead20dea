// Package audit keeps the audit log: JSON, a line for each entry, appended to a file or to an output.
//
// Several processes may append to one file: it is opened for each record with O_APPEND and written in one piece,
// so that no line lies inside of another (of a local file system; NFS promises less). A line that was cut short,
// by whichever process and whenever, is ended before the next one, so that a full disk costs one line; readers may
// meet an empty line. Nothing is kept open, so a file that was renamed or removed (logrotate) is simply begun anew,
// and nothing is opened before there is something to say.
package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Log is an audit log. It is safe for concurrent use.
type Log struct {
	file  string    // "": out
	out   io.Writer // where file is ""
	fault *slog.Logger
	now   func() time.Time

	mu   sync.Mutex
	torn bool // guarded by mu; our last record was cut short, so that the next begins on a line of its own
}

var _ policy.Recorder = (*Log)(nil)

// ToFile makes a log that is appended to the file of that name, which is made when it is first needed, for its
// owner alone. What is not a regular file is refused: writing to a pipe could wait for ever, and a device keeps
// nothing. Faults are told to log, too, with the file's name.
func ToFile(name string, log *slog.Logger) *Log {
	return &Log{file: name, fault: log, now: time.Now}
}

// ToWriter makes a log that is written to w, such as standard error.
func ToWriter(w io.Writer, log *slog.Logger) *Log {
	return &Log{out: w, fault: log, now: time.Now}
}

// line is an entry as it is written. Level and msg let a collector of logs tell it from other lines.
type line struct {
	Time  string `json:"time"`
	Level string `json:"level"`
	Msg   string `json:"msg"`
	policy.Entry
}

// Record appends the entries, in order. Its error does not name the file: it may be shown to a caller from
// elsewhere.
func (l *Log) Record(entries ...policy.Entry) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text) // ends each entry with a line feed, and lets none into it
	encoder.SetEscapeHTML(false)
	now := l.now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	for _, e := range entries {
		if err := encoder.Encode(line{Time: now, Level: "INFO", Msg: "audit", Entry: e}); err != nil {
			return fmt.Errorf("writing an entry: %w", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.append(text.Bytes())
	if err == nil {
		return nil
	}
	l.fault.Error("the audit log cannot be written", "file", l.file, "error", err, "entries", len(entries))
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return err
}

// append writes text in one piece. l.mu is held.
func (l *Log) append(text []byte) error {
	if l.file == "" {
		return l.write(l.out, text)
	}
	f, err := open(l.file)
	if err != nil {
		return err
	}
	l.torn = isTorn(f, l.torn)
	return errors.Join(l.write(f, text), f.Close())
}

func (l *Log) write(out io.Writer, text []byte) error {
	if l.torn {
		text = append([]byte("\n"), text...)
	}
	n, err := out.Write(text)
	if n > 0 {
		l.torn = n < len(text)
	}
	return err
}

// isTorn tells whether a file ends within a line. It looks for a moment whether that stays so: another process may
// be writing the line just now, and would leave an empty line behind. Where the file cannot be read, it is as we
// left it.
func isTorn(f *os.File, otherwise bool) bool {
	var last [1]byte
	size, looks := int64(-1), 0
	for range 100 { // in all, where others keep writing
		info, err := f.Stat()
		if err != nil {
			return otherwise
		}
		if info.Size() != size {
			size, looks = info.Size(), 0
		}
		if looks++; looks > 10 {
			return true
		}
		if size == 0 {
			return false
		}
		n, err := f.ReadAt(last[:], size-1)
		if n == 0 && err != io.EOF { // io.EOF: it became shorter meanwhile
			return otherwise
		}
		if n == 1 && last[0] == '\n' {
			return false
		}
		time.Sleep(time.Millisecond)
	}
	return true
}

// open opens a log for reading, too, if that is allowed: whoever keeps a log from being read wants it written still.
func open(name string) (*os.File, error) {
	switch info, err := os.Stat(name); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err == nil && !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	return f, err
}
