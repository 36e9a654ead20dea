package cli

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
)

// clientOutcome is what the commands tell of one client.
type clientOutcome struct {
	Client  string `json:"client"`
	Title   string `json:"title"`
	File    string `json:"file"`
	Status  string `json:"status"`           // one of the words below
	Backup  string `json:"backup,omitempty"` // what the file was before
	Next    string `json:"next,omitempty"`   // what makes the client notice, or the remedy of the problem
	Entry   string `json:"entry,omitempty"`  // --print
	Problem string `json:"problem,omitempty"`
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
	w := tabwriter.NewWriter(o.env.Stdout, 0, 0, 2, ' ', 0)
	var notes []string
	for _, out := range all {
		if out.Problem != "" {
			notes = append(notes, fmt.Sprintf("%s: %s\n  %s\n", out.Title, printable(out.Problem), printable(out.Next)))
		}
		last := out.File
		if out.Problem == "" && out.Next != "" {
			last += "; " + out.Next
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", out.Title, out.Status, printable(last))
		if out.Backup != "" {
			fmt.Fprintf(w, "\t\tbefore: %s\n", printable(out.Backup))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(o.env.Stderr, strings.Join(notes, ""))
	return err
}

func (o *options) printEntries(all []clientOutcome) error {
	for _, out := range all {
		if out.Problem != "" {
			if _, err := fmt.Fprintf(o.env.Stderr, "%s: %s\n  %s\n", out.Title, out.Problem, out.Next); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(o.env.Stdout, "%s, in %s:\n\n%s\n", out.Title, printable(out.File), out.Entry); err != nil {
			return err
		}
	}
	return nil
}
