package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func newCall(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "call TOOL [JSON]",
		Short: "Make one tool call from the shell",
		Long: `Make one tool call from the shell, through the same path as a client's.

The arguments are a JSON object; "-" reads it from standard input.`,
		Example: `  microsoft-mcp-server call get_auth_status
  microsoft-mcp-server call microsoft_graph '{"path": "/users", "queryParams": {"$top": "3"}}'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usagef("call takes a tool's name and, where it needs any, its arguments as JSON")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if names := tools.Names(); !slices.Contains(names, args[0]) {
				return usagef("there is no tool %q; the tools are %s", args[0], strings.Join(names, ", "))
			}
			c, err := o.load()
			if err != nil {
				return err
			}
			arguments, err := callArguments(o.env.Stdin, args[1:])
			if err != nil {
				return err
			}
			a, err := o.assemble(c, oneCall)
			if err != nil {
				return err
			}
			defer a.close()
			client, err := mcp.Local(cmd.Context(), alone(a.config))
			if err != nil {
				return err
			}
			answer, err := client.Call(cmd.Context(), args[0], arguments)
			if err = errors.Join(err, client.Close()); err != nil {
				return err
			}
			if answer.IsError {
				return &toolError{answer.Text}
			}
			_, err = fmt.Fprintln(o.env.Stdout, answer.Text)
			return err
		},
	}
}

// toolError is a tool's refusal, in the words that a model would read.
type toolError struct{ text string }

func (e *toolError) Error() string { return e.text }

func callArguments(stdin io.Reader, args []string) (json.RawMessage, error) {
	if len(args) == 0 {
		return nil, nil
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
		return nil, usagef(`the arguments are not a JSON object such as '{"path": "/users"}'`)
	}
	return raw, nil
}
