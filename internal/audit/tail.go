package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Line is a line of a log that was read back.
type Line struct {
	Time time.Time
	policy.Entry
}

// Tail returns what is in the last bytes of a log's file, and of the one that was rotated last where that is not enough:
// the oldest line first, and whether there are older ones. What is not a line of ours, or was cut short, is left out. A
// file that is not there has no lines.
func Tail(name string, most int64) (lines []Line, older bool, err error) {
	text, older, err := lastBytes(name, most)
	if err != nil {
		return nil, false, err
	}
	if !older {
		before, more, err := lastBytes(name+".1", most-int64(len(text)))
		if err != nil {
			return nil, false, err
		}
		text, older = append(before, text...), more
	}
	for row := range bytes.Lines(text) {
		var read struct {
			Time time.Time `json:"time"`
			Msg  string    `json:"msg"`
			policy.Entry
		}
		if json.Unmarshal(row, &read) == nil && read.Msg == "audit" {
			lines = append(lines, Line{read.Time, read.Entry})
		}
	}
	return lines, older, nil
}

// lastBytes returns the end of a file, and whether it has more. The first line may be cut.
func lastBytes(name string, most int64) ([]byte, bool, error) {
	info, err := os.Stat(name) // before it is opened: a pipe would wait for somebody who writes
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !info.Mode().IsRegular():
		return nil, false, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is not a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	from := max(0, info.Size()-most)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, false, err
	}
	text, err := io.ReadAll(io.LimitReader(f, most))
	return text, from > 0, err
}
