package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// clientOutcome is what the commands tell of one client.
type clientOutcome struct {
	Client  string   `json:"client"`
	Title   string   `json:"title"`
	File    string   `json:"file"`
	Status  string   `json:"status"`           // one of the words below
	Backup  string   `json:"backup,omitempty"` // what the file was before
	Next    string   `json:"next,omitempty"`   // what makes the client notice, or the remedy of the problem
	Kept    []string `json:"kept,omitempty"`   // what the entry that was there said, and goes on saying
	Entry   string   `json:"entry,omitempty"`  // --print
	Problem string   `json:"problem,omitempty"`
}

// What can be said of a client.
const (
	statusInstalled = "installed"
	statusRemoved   = "removed"
	statusSame      = "unchanged"
	statusPrinted   = "printed"
	statusSkipped   = "skipped" // the client cannot do it, and nobody named it
	statusFailed    = "failed"
)

// tellClients prints what became of each client. One that failed makes the command fail, when all were tried.
func (o *options) tellClients(all []clientOutcome, f *installFlags) error {
	var err error
	switch {
	case f.asJSON:
		err = o.printJSON(all)
	case f.print:
		err = o.printEntries(all)
	default:
		err = o.printClients(all)
	}
	if err != nil {
		return err
	}
	for _, out := range all {
		if out.Status == statusFailed {
			return &shownError{errors.New(out.Problem)}
		}
	}
	return nil
}

func (o *options) printClients(all []clientOutcome) error {
	t := terminal.Table{Whole: true, Columns: []terminal.Column{{Name: "CLIENT", Ink: inked(terminal.Strong)}, {Name: "ENTRY", Ink: entryInk}, {Name: "FILE", Wrap: true}}}
	var notes []string
	for _, out := range all {
		if out.Problem != "" {
			notes = append(notes, fmt.Sprintf("%s: %s\n  %s\n", out.Title, printable(out.Problem), printable(out.Next)))
		}
		t.Rows = append(t.Rows, []string{out.Title, out.Status, out.File})
		if out.Problem == "" && out.Next != "" {
			t.Rows = append(t.Rows, []string{"", "", "then: " + out.Next})
		}
		if len(out.Kept) > 0 {
			t.Rows = append(t.Rows, []string{"", "", "kept: " + strings.Join(out.Kept, " ")})
		}
		if out.Backup != "" {
			t.Rows = append(t.Rows, []string{"", "", "before: " + out.Backup})
		}
	}
	if err := o.printTable(t); err != nil {
		return err
	}
	_, err := fmt.Fprint(o.env.Stderr, strings.Join(notes, ""))
	return err
}

func entryInk(status string) terminal.Ink {
	switch status {
	case statusInstalled, statusRemoved, statusSame:
		return terminal.Good
	case statusFailed:
		return terminal.Bad
	}
	return terminal.Warn
}

func (o *options) printEntries(all []clientOutcome) error {
	for _, out := range all {
		if out.Problem != "" {
			if _, err := fmt.Fprintf(o.env.Stderr, "%s: %s\n  %s\n", out.Title, out.Problem, out.Next); err != nil {
				return err
			}
			continue
		}
		kept := ""
		if len(out.Kept) > 0 {
			kept = " (kept: " + printable(strings.Join(out.Kept, " ")) + ")"
		}
		if _, err := fmt.Fprintf(o.env.Stdout, "%s, in %s%s:\n\n%s\n", out.Title, printable(out.File), kept, out.Entry); err != nil {
			return err
		}
	}
	return nil
}
