package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// toolEntry is what `tools` tells of one tool.
type toolEntry struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	ReadOnly    bool            `json:"readOnly"`    // changes nothing
	Destructive bool            `json:"destructive"` // may change or delete what is there
	InputSchema json.RawMessage `json:"inputSchema"`
}

func newTools(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tools [TOOL]",
		Short: "List the tools that clients get, or show one with its parameters",
		Long: `List the tools that clients of the profile get, or show one with its parameters. Those that the profile could never use are
not among them. Nothing is asked for that, and no secret is read.`,
		Example: `  microsoft-mcp-server tools
  microsoft-mcp-server tools find_graph_api`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("tools takes the name of one tool, or none")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return o.showTools(args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) showTools(args []string, asJSON bool) error {
	offers, err := o.offers()
	if err != nil {
		return err
	}
	if len(args) == 1 {
		i := slices.IndexFunc(offers, func(offer mcp.Offer) bool { return offer.Name == args[0] })
		if i < 0 {
			return o.noTool(args[0], offers)
		}
		if asJSON {
			return o.printJSON(toolEntryOf(offers[i]))
		}
		return o.printTool(offers[i])
	}
	if asJSON {
		all := []toolEntry{}
		for _, offer := range offers {
			all = append(all, toolEntryOf(offer))
		}
		return o.printJSON(all)
	}
	t := terminal.Table{Whole: true, Columns: []terminal.Column{{Name: "TOOL", Ink: inked(terminal.Strong)}, {Name: "EFFECT", Ink: effectInk}, {Name: "WHAT"},
		{Name: "PARAMETERS", Wrap: true}}}
	for _, offer := range offers {
		var names []string
		for _, p := range offer.Parameters {
			names = append(names, parameterName(p))
		}
		t.Rows = append(t.Rows, []string{offer.Name, effectText(offer.Effect), offer.Title, strings.Join(names, " ")})
	}
	return o.printTable(t)
}

// offers returns the tools of the profiles that are asked for.
func (o *options) offers() ([]mcp.Offer, error) {
	c, err := o.load()
	if err != nil {
		return nil, err
	}
	a, err := o.assemble(c, oneLook)
	if err != nil {
		return nil, err
	}
	defer a.close()
	return mcp.Offers(a.config.Profiles), nil
}

// noTool says why a tool is not there.
func (o *options) noTool(name string, offers []mcp.Offer) error {
	if slices.Contains(tools.Names(), name) {
		return usagef("the profile has no use for the tool %q, so that clients do not get it; profile show says what it may do", name)
	}
	var names []string
	for _, offer := range offers {
		names = append(names, offer.Name)
	}
	return usagef("there is no tool %q; the tools are %s", name, strings.Join(names, ", "))
}

func toolEntryOf(offer mcp.Offer) toolEntry {
	return toolEntry{Name: offer.Name, Title: offer.Title, Description: offer.Description, ReadOnly: offer.Effect.ReadOnly,
		Destructive: offer.Effect.Destructive, InputSchema: offer.Schema}
}

func (o *options) printTool(offer mcp.Offer) error {
	s := o.screen(o.env.Stdout)
	fmt.Fprintf(o.env.Stdout, "%s: %s (%s)\n\n", s.Paint(terminal.Strong, offer.Name), offer.Title, s.Paint(effectInk(effectText(offer.Effect)), effectText(offer.Effect)))
	for _, line := range terminal.Wrap(terminal.Printable(offer.Description), s.Width) {
		fmt.Fprintln(o.env.Stdout, line)
	}
	if len(offer.Parameters) == 0 {
		_, err := fmt.Fprintln(o.env.Stdout, "\nIt takes no parameters.")
		return err
	}
	fmt.Fprintln(o.env.Stdout)
	t := terminal.Table{Whole: true, Columns: []terminal.Column{{Name: "PARAMETER", Ink: inked(terminal.Name)}, {Name: "KIND"}, {Name: "WHAT", Wrap: true}}}
	addParameters(&t, "", offer.Parameters)
	return o.printTable(t)
}

// addParameters adds a row for each parameter, and for those of the objects that one takes.
func addParameters(t *terminal.Table, within string, parameters []tools.Parameter) {
	for _, p := range parameters {
		t.Rows = append(t.Rows, []string{within + parameterName(p), kindText(p), parameterText(p)})
		addParameters(t, within+p.Name+"[].", p.Items)
	}
}

// parameterName marks what has to be given.
func parameterName(p tools.Parameter) string {
	if p.Required {
		return p.Name + "*"
	}
	return p.Name
}

func kindText(p tools.Parameter) string {
	switch p.Kind {
	case tools.Strings:
		return "object of strings"
	case tools.Object:
		return "any JSON"
	case tools.List:
		return "list of strings"
	case tools.Objects:
		return "list of objects"
	}
	return string(p.Kind)
}

// parameterText says what a parameter is for, and which values it takes.
func parameterText(p tools.Parameter) string {
	var parts []string
	if p.Description != "" {
		parts = append(parts, p.Description)
	}
	if p.Enum != nil {
		parts = append(parts, "one of "+strings.Join(p.Enum, ", "))
	}
	if p.Kind == tools.Integer && p.Max > 0 {
		parts = append(parts, strconv.Itoa(p.Min)+" to "+strconv.Itoa(p.Max))
	}
	if p.Default != nil {
		parts = append(parts, fmt.Sprintf("default %v", p.Default))
	}
	return strings.Join(parts, "; ")
}

// What a tool does to the world, in a word.
const (
	reads   = "reads"
	adds    = "adds"
	changes = "changes"
)

func effectText(e tools.Effect) string {
	switch {
	case e.ReadOnly:
		return reads
	case e.Destructive:
		return changes
	}
	return adds
}

func effectInk(text string) terminal.Ink {
	if text == reads {
		return terminal.Good
	}
	return terminal.Warn
}
