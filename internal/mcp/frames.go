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

	"github.com/mark3labs/mcp-go/mcp"
)

// maxLine bounds one message on standard input. It leaves room for a request body that Graph itself would take.
const maxLine = 8 << 20

// frames stands between the process's standard streams and the library, which reads lines of any length, and
// at the end of input cancels the calls that still run. It passes whole lines on, answers those that are too
// long, and holds the end back until every request has its answer.
type frames struct {
	in        *bufio.Reader
	out       io.Writer
	ledger    *ledger
	calls     func(json.RawMessage) // takes the tool calls, one after the other
	cancelled func(json.RawMessage) // hears of calls that are taken back; may be nil
	pending   []byte                // of the line being read by the library
	begun     bool                  // the first line was read

	writing sync.Mutex // guards out
}

func newFrames(in io.Reader, out io.Writer) *frames {
	return &frames{in: bufio.NewReaderSize(in, 64<<10), out: out, ledger: newLedger()}
}

// reader returns what the library reads. ctx ends the wait for running calls.
func (f *frames) reader(ctx context.Context) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		for len(f.pending) == 0 {
			line, err := f.nextLine()
			if err != nil {
				// Nobody is left to answer what we ask: that counts as no.
				if asked := f.ledger.wait(ctx); asked != "" {
					f.ledger.replied(asked)
					f.pending = []byte(`{"jsonrpc":"2.0","id":` + asked + `,"result":{"action":"cancel"}}` + "\n")
					break
				}
				return 0, err
			}
			switch f.admit(line) {
			case forLibrary:
				f.pending = line
			case aCall:
				f.calls(line)
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
		line, tooLong, err := f.readLine()
		if tooLong {
			if err := f.refuse(nil, fmt.Sprintf("the message is longer than %d MiB", maxLine>>20)); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil && len(line) == 0 {
			return nil, io.EOF // a broken pipe ends the input like its end does
		}
		if !f.begun {
			f.begun = true
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		return append(bytes.TrimRight(line, "\r\n"), '\n'), nil
	}
}

func (f *frames) readLine() (line []byte, tooLong bool, err error) {
	for {
		part, err := f.in.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > maxLine; tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// destination is where a message goes.
type destination int

const (
	nowhereToGo destination = iota
	forLibrary
	aCall
)

// admit takes a message into the books. It says where it goes: not to the library where that would never answer, or
// answer an answer.
func (f *frames) admit(line []byte) destination {
	if len(bytes.TrimSpace(line)) == 0 {
		return nowhereToGo
	}
	var message struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if json.Unmarshal(line, &message) != nil {
		return forLibrary // which answers with a parse error
	}
	id := normalID(message.ID)
	switch {
	case message.Result != nil || message.Error != nil:
		if id == "" || !f.ledger.replied(id) {
			return nowhereToGo
		}
	case message.Method == "notifications/cancelled":
		f.ledger.cancel(takenBack(line))
		if f.cancelled != nil {
			f.cancelled(line)
		}
	case id != "" && !survives(message.ID):
		_ = f.refuse(nil, lossyID) // where this cannot be written, nothing can
		return nowhereToGo
	case id != "":
		f.ledger.opened(id)
		if message.Method == string(mcp.MethodToolsCall) {
			return aCall
		}
	}
	return forLibrary
}

// Write passes one message of the library on. It is the only way to the client.
func (f *frames) Write(b []byte) (int, error) {
	raw, kind := messageID(b)
	id := normalID(raw)
	if kind == aRequest {
		f.ledger.ask(id) // before the client can answer
	}
	f.writing.Lock()
	n, err := f.out.Write(b)
	f.writing.Unlock()
	if kind == anAnswer {
		f.ledger.answered(id)
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

// refuse answers a message that the library does not get to see (JSON-RPC 2.0 section 5.1).
func (f *frames) refuse(id json.RawMessage, message string) error {
	const invalidRequest = -32600
	answer, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": invalidRequest, "message": message}})
	if err != nil {
		return fmt.Errorf("writing a refusal: %w", err)
	}
	_, err = f.Write(append(answer, '\n'))
	return err
}
