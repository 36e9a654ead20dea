package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func newCall(o *options) *cobra.Command {
	form := formAuto
	cmd := &cobra.Command{
		Use:   "call TOOL [JSON | NAME=VALUE ...]",
		Short: "Make one tool call from the shell",
		Long: `Make one tool call from the shell, through the same path as a client's.

The arguments are one JSON object, or the tool's parameters by name; "-" reads JSON from standard input. "tools" lists the
tools, "tools TOOL" the parameters of one.

On a terminal, a list is shown as a table and everything else as indented JSON; elsewhere, the answer is printed as a client
gets it. --output decides otherwise.`,
		Example: `  microsoft-mcp-server call get_auth_status
  microsoft-mcp-server call find_graph_api query='unread mail of last week'
  microsoft-mcp-server call microsoft_graph path='/users?$top=3' --output table
  microsoft-mcp-server call microsoft_graph '{"path": "/users", "queryParams": {"$top": "3"}}'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 && !arePairs(args[1:]) {
				return usagef("call takes a tool's name and, where it needs any, its arguments: as JSON, or each as NAME=VALUE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if names := tools.Names(); !slices.Contains(names, args[0]) {
				return usagef("there is no tool %q; the tools are %s", args[0], strings.Join(names, ", "))
			}
			arguments, err := callArguments(o.env.Stdin, args[1:])
			if err != nil {
				return err
			}
			answer, err := o.call(cmd.Context(), args[0], arguments)
			switch {
			case err != nil:
				return err
			case answer.IsError:
				return &toolError{answer.Text}
			}
			return o.printAnswer(args[0], answer.Text, form)
		},
	}
	cmd.Flags().Var(choice{&form, forms()}, "output", "auto, json, table, or raw: as a client gets it")
	return cmd
}

// call makes one call, and shows on a terminal how far it is.
func (o *options) call(ctx context.Context, tool string, arguments json.RawMessage) (mcp.Answer, error) {
	c, err := o.load()
	if err != nil {
		return mcp.Answer{}, err
	}
	a, err := o.assemble(c, oneCall)
	if err != nil {
		return mcp.Answer{}, err
	}
	defer a.close()
	client, err := mcp.Local(ctx, alone(a.config))
	if err != nil {
		return mcp.Answer{}, err
	}
	var progress func(mcp.Progress)
	if screen := o.screen(o.env.Stderr); screen.Redraw {
		bar := terminal.NewBar(o.env.Stderr, screen)
		defer bar.Close()
		progress = func(p mcp.Progress) { bar.Show(p.Done, p.Total, p.Text) }
	}
	answer, err := client.CallWith(ctx, tool, arguments, progress)
	return answer, errors.Join(err, client.Close())
}

// toolError is a tool's refusal, in the words that a model would read.
type toolError struct{ text string }

func (e *toolError) Error() string { return e.text }

func callArguments(stdin io.Reader, args []string) (json.RawMessage, error) {
	if len(args) == 0 {
		return nil, nil
	}
	if arePairs(args) {
		return fromPairs(args)
	}
	raw := []byte(args[0])
	if args[0] == "-" {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(stdin, 8<<20)); err != nil {
			return nil, fmt.Errorf("reading the arguments: %w", err)
		}
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, usagef(`the arguments are neither a JSON object such as '{"path": "/users"}' nor like path=/users`)
	}
	return raw, nil
}

// arePairs tells whether arguments are all like name=value.
func arePairs(args []string) bool {
	return !slices.ContainsFunc(args, func(arg string) bool {
		name, _, ok := strings.Cut(arg, "=")
		return !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	})
}

// fromPairs writes arguments as JSON. The values are texts: what else a parameter is, the tool makes of them.
func fromPairs(args []string) (json.RawMessage, error) {
	object := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		if _, twice := object[name]; twice {
			return nil, usagef("%s is given twice", name)
		}
		object[name] = value
	}
	return json.Marshal(object)
}
