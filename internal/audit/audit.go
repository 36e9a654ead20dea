// Package audit keeps the audit log: JSON, a line for each entry, appended to a file or to an output, or handed to the
// machine's own log.
//
// Several processes may append to one file: it is opened for each record with O_APPEND and written in one piece,
// so that no line lies inside of another (of a local file system; NFS promises less). A line that was cut short,
// by whichever process and whenever, is ended before the next one, so that a full disk costs one line; readers may
// meet an empty line. Nothing is kept open, so a file that was renamed or removed (logrotate) is simply begun anew,
// and nothing but a trial ([Log.Try]) opens it before there is something to say.
//
// Several processes may rotate one file, too ([ToRotatedFile]): whoever writes holds a lock that others may share, and
// whoever renames holds it alone, so that no line goes to a file that is about to be deleted. All of them have to
// rotate; for the others, renaming is logrotate's.
package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Log is an audit log. It is safe for concurrent use.
type Log struct {
	to    sink
	place string // of the log, for faults; "" for an output
	fault *slog.Logger
	now   func() time.Time

	mu   sync.Mutex  // guards what follows, and calls of to
	lost func(error) // nil: nobody has to be told
}

var _ policy.Recorder = (*Log)(nil)

// sink is where records go. A record that is not there as a whole is an error.
type sink interface {
	write(records []record) error
	try() error // whether that could work, as far as it shows without writing
}

// record is an entry with its line.
type record struct {
	policy.Entry
	text []byte // ends with a line feed
}

// ToFile makes a log that is appended to the file of that name, which is made when it is first needed, for its
// owner alone. What is not a regular file is refused: writing to a pipe could wait for ever, and a device keeps
// nothing. Faults are told to log, too, with the file's name.
func ToFile(name string, log *slog.Logger) *Log {
	return &Log{to: &file{name: name}, place: name, fault: log, now: time.Now}
}

// ToRotatedFile makes a log as [ToFile] does. A file of maxSize bytes or more is renamed to its name with .1 behind it,
// that one to .2 and so on; keep of these stay. One that cannot be renamed is appended to, whatever its size.
func ToRotatedFile(name string, maxSize int64, keep int, log *slog.Logger) *Log {
	return &Log{to: newRotated(name, maxSize, keep, log), place: name, fault: log, now: time.Now}
}

// ToWriter makes a log that is written to w, such as standard error.
func ToWriter(w io.Writer, log *slog.Logger) *Log {
	return &Log{to: &output{out: w}, fault: log, now: time.Now}
}

// ToSyslog makes a log that the machine's syslog daemon keeps, under the facility authpriv.
func ToSyslog(log *slog.Logger) *Log {
	return &Log{to: syslog{sockets: syslogSockets(), wait: sendWait}, place: "syslog", fault: log, now: time.Now}
}

// ToJournal makes a log that systemd's journal keeps: the line as MESSAGE, and its parts in fields of their own, such
// as MCP_PRINCIPAL.
func ToJournal(log *slog.Logger) *Log {
	return &Log{to: journal{socket: journalSocket, wait: sendWait}, place: "journald", fault: log, now: time.Now}
}

// OnLoss has lost called with each fault, while calls wait: it has to be quick.
func (l *Log) OnLoss(lost func(error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = lost
}

// Try reports whether the log can be written, as far as that shows without an entry: a file is opened, and made where there
// is none, or a daemon is called. Its error is for whoever runs this, and names the place.
func (l *Log) Try() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.try()
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
	records := make([]record, len(entries))
	now := l.now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	for i, e := range entries {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text) // ends each entry with a line feed, and lets none into it
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(line{Time: now, Level: "INFO", Msg: "audit", Entry: e}); err != nil {
			return fmt.Errorf("writing an entry: %w", err)
		}
		records[i] = record{Entry: e, text: text.Bytes()}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.to.write(records)
	if err == nil {
		return nil
	}
	l.fault.Error("the audit log cannot be written", "file", l.place, "error", err, "entries", len(entries))
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	if l.lost != nil {
		l.lost(err)
	}
	return err
}

// output is what was opened by somebody else.
type output struct {
	out  io.Writer
	torn bool // our last record was cut short, so that the next begins on a line of its own
}

func (o *output) try() error { return nil }

func (o *output) write(records []record) error {
	return writeTo(o.out, records, &o.torn)
}

// writeTo writes records in one piece, and ends a line before them that was cut short.
func writeTo(out io.Writer, records []record, torn *bool) error {
	var text []byte
	if *torn {
		text = append(text, '\n')
	}
	for _, r := range records {
		text = append(text, r.text...)
	}
	n, err := out.Write(text)
	if n > 0 {
		*torn = n < len(text)
	}
	return err
}
