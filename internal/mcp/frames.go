package mcp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxLine bounds one message on standard input. It leaves room for a request body that Graph itself would take.
const maxLine = 8 << 20

// frames stands between the process's standard streams and the library, which reads lines of any length, and
// at the end of input cancels the calls that still run. It passes whole lines on, answers those that are too
// long, and holds the end back until every request has its answer.
type frames struct {
	in      *bufio.Reader
	out     io.Writer
	pending []byte // of the line being read by the library

	writing sync.Mutex // guards out

	mu      sync.Mutex
	open    map[string]bool // guarded by mu; ids of the client's requests without an answer
	asked   map[string]bool // guarded by mu; ids of ours, each on behalf of one of the client's
	changed chan struct{}   // guarded by mu; closed and replaced when one is answered
}

func newFrames(in io.Reader, out io.Writer) *frames {
	return &frames{in: bufio.NewReaderSize(in, 64<<10), out: out, open: map[string]bool{}, asked: map[string]bool{}, changed: make(chan struct{})}
}

// reader returns what the library reads. ctx ends the wait for running calls.
func (f *frames) reader(ctx context.Context) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		for len(f.pending) == 0 {
			line, err := f.nextLine()
			if err != nil {
				f.settle(ctx)
				return 0, err
			}
			if f.admit(line) {
				f.pending = line
			}
		}
		n := copy(b, f.pending)
		f.pending = f.pending[n:]
		return n, nil
	})
}

type readerFunc func([]byte) (int, error)

func (r readerFunc) Read(b []byte) (int, error) { return r(b) }

// nextLine returns the next line with its end. A line that is too long is read over and answered; a last line
// without an end gets one.
func (f *frames) nextLine() ([]byte, error) {
	for {
		var line []byte
		tooLong := false
		for {
			part, err := f.in.ReadSlice('\n')
			if tooLong = tooLong || len(line)+len(part) > maxLine; tooLong {
				line = nil
			} else {
				line = append(line, part...)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if err != nil && (len(line) == 0 || tooLong) {
				return nil, io.EOF // a broken pipe ends the input like its end does
			}
			break
		}
		if !tooLong {
			return append(bytes.TrimRight(line, "\r\n"), '\n'), nil
		}
		if err := f.refuse(-32600, fmt.Sprintf("the message is longer than %d MiB", maxLine>>20)); err != nil {
			return nil, err
		}
	}
}

// admit notes a request as open. It reports whether the library should see the line.
func (f *frames) admit(line []byte) bool {
	if len(bytes.TrimSpace(line)) == 0 {
		return false
	}
	var message struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params struct {
			RequestID json.RawMessage `json:"requestId"`
		} `json:"params"`
	}
	if json.Unmarshal(line, &message) != nil {
		return true // the library answers with a parse error
	}
	switch {
	case message.Method == "notifications/cancelled":
		f.note(f.open, message.Params.RequestID, false) // no answer is owed any more
	case message.Method != "":
		f.note(f.open, message.ID, true)
	default:
		f.note(f.asked, message.ID, false) // the client's answer to us
	}
	return true
}

// isSmallNumber tells whether an id is a whole number that is written as it is read.
func isSmallNumber(raw []byte) bool {
	if len(raw) == 0 || len(raw) > 15 || raw[0] == '0' && len(raw) > 1 {
		return false
	}
	for _, c := range raw {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// note adds an id to one of the sets, or takes it out.
func (f *frames) note(set map[string]bool, raw json.RawMessage, present bool) {
	id := normalID(raw)
	if id == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if present {
		set[id] = true
	} else if set[id] {
		delete(set, id)
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// normalID writes an id as the library will: it decodes and encodes them. "" is none.
func normalID(raw json.RawMessage) string {
	if isSmallNumber(raw) {
		return string(raw)
	}
	var id any
	if json.Unmarshal(raw, &id) != nil || id == nil {
		return ""
	}
	normal, err := json.Marshal(id)
	if err != nil {
		return ""
	}
	return string(normal)
}

// Write passes one message of the library on. It is the only way to the client.
func (f *frames) Write(b []byte) (int, error) {
	f.writing.Lock()
	n, err := f.out.Write(b)
	f.writing.Unlock()
	switch id, kind := messageID(b); kind {
	case anAnswer:
		f.note(f.open, id, false)
	case aRequest:
		f.note(f.asked, id, true)
	}
	return n, err
}

// kind tells messages of the library apart.
type kind int

const (
	aNotification kind = iota
	anAnswer
	aRequest
)

// messageID returns a message's id and kind. The library writes the id of an answer right after the version, so
// that a large one does not have to be read for it.
func messageID(b []byte) (json.RawMessage, kind) {
	if rest, ok := bytes.CutPrefix(b, []byte(`{"jsonrpc":"2.0","id":`)); ok {
		for _, member := range []string{`,"result":`, `,"error":`} {
			if i := bytes.Index(rest[:min(len(rest), 512)], []byte(member)); i > 0 && json.Valid(rest[:i]) {
				return rest[:i], anAnswer
			}
		}
	}
	var message struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	switch {
	case json.Unmarshal(b, &message) != nil || len(message.ID) == 0:
		return nil, aNotification
	case message.Method != "":
		return message.ID, aRequest
	}
	return message.ID, anAnswer
}

func (f *frames) refuse(code int, message string) error {
	answer, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": nil, "error": map[string]any{"code": code, "message": message}})
	if err != nil {
		return fmt.Errorf("writing a refusal: %w", err)
	}
	_, err = f.Write(append(answer, '\n'))
	return err
}

// settle returns once every request has its answer, but for those that wait for one of the client, which will
// not come any more; or with ctx.
func (f *frames) settle(ctx context.Context) {
	for {
		f.mu.Lock()
		done, changed := len(f.open) <= len(f.asked), f.changed
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
