package client

import (
	"fmt"
	"strings"
)

// BrokenError says why a client's file was left alone: it is not what the client reads, or is written in a way that
// only a person can change.
type BrokenError struct {
	File    string
	Line    int // from 1; 0 where the file is at fault as a whole
	Problem string
	Remedy  string
}

// Error returns "file:line: problem".
func (e *BrokenError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem)
	}
	return e.File + ": " + e.Problem
}

// Hint says what to do next.
func (e *BrokenError) Hint() string { return e.Remedy }

// Error is anything else that keeps an entry from being written: what was asked for, or the file system.
type Error struct {
	File    string // "" where none is at fault
	Problem string
	Remedy  string
	Err     error // the cause; may be nil
}

// Error returns "file: problem".
func (e *Error) Error() string {
	if e.File == "" {
		return e.Problem
	}
	return e.File + ": " + e.Problem
}

// Hint says what to do next.
func (e *Error) Hint() string { return e.Remedy }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// flaw is what is wrong with a text, and where. The file's name is added by who knows it.
type flaw struct {
	at      int // offset in the text; -1 for the text as a whole
	problem string
	byHand  bool // it is no mistake, but only a person can change it
}

func (f *flaw) Error() string { return f.problem }

func flawAt(at int, format string, args ...any) *flaw {
	return &flaw{at: at, problem: fmt.Sprintf(format, args...)}
}

// unsafe says that a text is written so that only a person can change it.
func unsafe(at int) *flaw {
	return &flaw{at: at, problem: "the entry is written in a way that this command cannot change safely", byHand: true}
}

// broken tells of a flaw in a client's file.
func (f *flaw) broken(c Client, file, text string) error {
	e := &BrokenError{File: file, Problem: f.problem,
		Remedy: "the file was left alone: correct it, then try again (" + c.Title + " may not read it as it is)"}
	if f.byHand {
		e.Remedy = "the file was left alone: change it by hand; --print shows the entry"
	}
	if f.at >= 0 {
		e.Line = 1 + strings.Count(text[:min(f.at, len(text))], "\n")
	}
	return e
}
