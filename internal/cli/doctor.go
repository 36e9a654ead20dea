package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/doctor"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

func newDoctor(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [PROFILE...]",
		Short: "Check everything that a call needs, and name the remedy of what is wrong",
		Long: `Check everything that a call needs, in the order in which it needs it, and say of each thing in one line that it is fine, or
what is wrong and the one thing to do: the configuration, the keyring, the clock, the names and certificates of Microsoft's
hosts, the proxy; of each profile the tenant, the credential and how long it is good, the token, the permissions that its
policy needs, and Graph; the folder of schemas, the address of [http], and the entries of MCP clients.

What stands on something that is wrong is skipped. Nothing is changed, and nobody is asked to sign in.

Exit codes: 0 fine, warnings included, 1 something is wrong, 2 wrong usage.`,
		Example: "  microsoft-mcp-server doctor\n  microsoft-mcp-server doctor contoso --json",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			c, err := o.load()
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			left := slices.DeleteFunc(c.Names(), func(name string) bool { return slices.Contains(args, name) })
			return left, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.runDoctor(cmd.Context(), args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) runDoctor(ctx context.Context, args []string, asJSON bool) error {
	if len(args) > 0 {
		o.profiles, o.argument = args, true
	}
	x, err := o.examined()
	if err != nil {
		return err
	}
	defer x.close()
	var rows []doctor.Row
	screen := o.screen(o.env.Stdout)
	ended := doctor.Run(ctx, x.subject.Checks(), func(r doctor.Row) {
		rows = append(rows, r)
		if !asJSON {
			o.printRow(screen, r)
		}
	})
	if asJSON {
		if err := o.printJSON(rows); err != nil {
			return err
		}
	}
	if ended != nil {
		return ended
	}
	if slices.ContainsFunc(rows, func(r doctor.Row) bool { return r.State == doctor.Wrong }) {
		return &shownError{errors.New("something is wrong")}
	}
	return nil
}

// printRow prints one line.
func (o *options) printRow(screen terminal.Screen, r doctor.Row) {
	ink := map[doctor.State]terminal.Ink{doctor.OK: terminal.Good, doctor.Warning: terminal.Warn, doctor.Wrong: terminal.Bad, doctor.Skipped: terminal.Dim}[r.State]
	state, rest := r.Line()
	fmt.Fprintf(o.env.Stdout, "%s %s\n", screen.Paint(ink, fmt.Sprintf("%-7s", state)), terminal.Printable(rest))
}

// examination is a subject and what has to be closed behind it.
type examination struct {
	subject  doctor.Subject
	assembly *assembly // nil where the configuration is wrong
}

func (x *examination) close() {
	if x.assembly != nil {
		x.assembly.close()
	}
}

// examined gathers what is to be looked at. A configuration that is wrong is a part of that, and no error; a profile that
// does not exist is one.
func (o *options) examined() (*examination, error) {
	x := &examination{subject: doctor.Subject{
		Configuration: doctor.Configuration{File: profile.Path(o.place())},
		Network:       doctor.NewNetwork(o.env.Getenv),
		Clients:       o.clientsToLookAt(),
	}}
	c, err := o.load()
	if err != nil {
		if o.wouldLoad() {
			return nil, err // --profile or an argument is at fault, and not the file
		}
		x.subject.Configuration.Problems = problemsOf(err)
		return x, nil
	}
	x.subject.Configuration.File = c.File
	if len(o.profiles) == 0 {
		o.profiles = c.Names()
	}
	for _, name := range o.profiles {
		if _, err := c.Find(name); err != nil && len(c.Profiles) > 0 {
			return nil, &usageError{err}
		}
	}
	a, err := o.assemble(c, oneLook)
	if err != nil {
		x.subject.Configuration.Problems = problemsOf(err)
		return x, nil
	}
	x.assembly = a
	return x, o.lookAt(x, c)
}

// wouldLoad tells whether the configuration can be read where no profile is named.
func (o *options) wouldLoad() bool {
	if len(o.profiles) == 0 {
		return false
	}
	bare := *o
	bare.profiles, bare.argument = nil, false
	_, err := bare.load()
	return err == nil
}

// problemsOf takes an error of a configuration apart.
func problemsOf(err error) []doctor.Problem {
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		var all []doctor.Problem
		for _, one := range joined.Unwrap() {
			all = append(all, problemsOf(one)...)
		}
		return all
	}
	if at, ok := errors.AsType[*profile.Error](err); ok {
		bare := *at
		bare.Remedy = ""
		return []doctor.Problem{{Text: bare.Error(), Do: at.Remedy}}
	}
	p := doctor.Problem{Text: err.Error(), Do: "correct it in the configuration"}
	if hinted, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok && hinted.Hint() != "" {
		p.Do = hinted.Hint()
	}
	return []doctor.Problem{p}
}
