package reading

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says why there is no text.
type Kind int

// The zero Kind is a broken file.
const (
	Broken      Kind = iota // not what it says it is, damaged, or incomplete
	Encrypted               // behind a password or rights management
	TooLarge                // it or what it expands to
	Legacy                  // a format of before 2007, or another that only Microsoft's programs read
	Unsupported             // holds no text that could be read here
	NoSuchPage              // Text.Page: the text has fewer parts
	Stopped                 // the caller's context ended; Unwrap gives its error
)

// Error says why there is no text, and Hint what to do.
type Error struct {
	Kind   Kind
	Format string // as in Text.Format, or a wider word where that is not known: "Office document"; may be empty
	Detail string // what is wrong, and where; never content of the file
	Err    error  // the cause; may be nil

	parts int // of NoSuchPage: how many there are; 0 where that was not asked
}

// Error says what is wrong with the file.
func (e *Error) Error() string {
	subject := "the file"
	if e.Format != "" {
		subject = "the " + e.Format + " file"
	}
	s := subject + e.Kind.predicate()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (k Kind) predicate() string {
	switch k {
	case Encrypted:
		return " is encrypted"
	case TooLarge:
		return " is too large to be read"
	case Legacy:
		return " has a format that is not read here"
	case Unsupported:
		return " holds no text that can be read"
	case NoSuchPage:
		return " has no such part"
	case Stopped:
		return " was not read to its end"
	default:
		return " is broken"
	}
}

// Hint says what to do next.
func (e *Error) Hint() string {
	switch e.Kind {
	case Encrypted:
		return "it has a password, or a sensitivity label that encrypts it: ask its owner for a copy without, or open it in the Office program of somebody who may"
	case TooLarge:
		return "ask for a part of it, or download it and read it with a program made for it; sheets are also read cell by cell with Graph's workbook API"
	case Legacy:
		return `ask for it with format "pdf": Graph converts it, and the PDF can be read; or have it saved in today's format`
	case Unsupported:
		return "download the file instead, and look at it with a program made for it"
	case NoSuchPage:
		if e.parts > 1 {
			return fmt.Sprintf("ask for a page from 1 to %d", e.parts)
		}
		return "ask for page 1"
	case Stopped:
		return "try again, with more time"
	default:
		return `download it again: it may have been cut off; if it opens in Office, ask for it with format "pdf", which Graph makes from it`
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsTooLarge says whether a limit was met. What was read until then is good.
func IsTooLarge(err error) bool {
	var known *Error
	return errors.As(err, &known) && known.Kind == TooLarge
}

// AsError makes an *Error of what a reader returned, and names the format.
func AsError(err error, format string) error {
	var known *Error
	if !errors.As(err, &known) {
		return &Error{Kind: Broken, Format: format, Err: err}
	}
	if known.Format == "" {
		named := *known
		named.Format = strings.TrimSpace(format)
		return &named
	}
	return known
}
