package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// screen tells of the terminal behind standard output or standard error, where there is one.
func (o *options) screen(w io.Writer) terminal.Screen {
	return terminal.Of(w, o.env.Getenv, terminal.When(o.colour))
}

// choice is the value of a flag that has few.
type choice struct {
	value *string
	of    []string
}

// String returns the value.
func (c choice) String() string {
	if c.value == nil { // as pflag makes one to find out what is no value
		return ""
	}
	return *c.value
}

// Set takes one of the values alone.
func (c choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		return usagef("it is one of %s", strings.Join(c.of, ", "))
	}
	*c.value = s
	return nil
}

// Type is what the help calls the value.
func (c choice) Type() string { return "string" }

// colours are the values of --color.
func colours() []string {
	return []string{string(terminal.Auto), string(terminal.Always), string(terminal.Never)}
}

// printTable prints a table that nothing may be missing of.
func (o *options) printTable(t terminal.Table) error {
	_, err := t.Write(o.env.Stdout, o.screen(o.env.Stdout))
	return err
}

// printPairs prints a line for each name and its value, but for those that have none.
func (o *options) printPairs(pairs [][2]string) error {
	t := terminal.Table{Whole: true, Columns: []terminal.Column{{}, {Wrap: true}}}
	for _, pair := range pairs {
		if pair[1] != "" {
			t.Rows = append(t.Rows, []string{pair[0] + ":", pair[1]})
		}
	}
	return o.printTable(t)
}

// inked is the ink of a whole column.
func inked(ink terminal.Ink) func(string) terminal.Ink {
	return func(string) terminal.Ink { return ink }
}

// accessInk makes stand out what may be changed.
func accessInk(text string) terminal.Ink {
	if strings.HasPrefix(text, "read-write") {
		return terminal.Warn
	}
	return terminal.Plain
}

// verdictInk is for what the policy says.
func verdictInk(text string) terminal.Ink {
	switch text {
	case policy.Allow.String():
		return terminal.Good
	case policy.Confirm.String():
		return terminal.Warn
	}
	return terminal.Bad
}
