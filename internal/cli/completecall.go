package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// completeTool tells the tools of the profile.
func (o *options) completeTool(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, offer := range o.offersOrAll() {
		names = append(names, cobra.CompletionWithDesc(offer.Name, offer.Title))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeCall tells the tools, then the parameters of the one that was named, then what they can be.
func (o *options) completeCall(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return o.completeTool(cmd, args, typed)
	}
	offers := o.offersOrAll()
	i := slices.IndexFunc(offers, func(offer mcp.Offer) bool { return offer.Name == args[0] })
	if i < 0 || !arePairs(args[1:]) { // JSON was begun
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	name, _, valued := strings.Cut(typed, "=")
	var words []string
	for _, p := range offers[i].Parameters {
		switch {
		case valued && p.Name == name:
			for _, value := range valuesOf(args[0], p) {
				words = append(words, name+"="+value)
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		case !valued && !slices.ContainsFunc(args[1:], func(arg string) bool { return strings.HasPrefix(arg, p.Name+"=") }):
			words = append(words, cobra.CompletionWithDesc(p.Name+"=", parameterText(p)))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// offersOrAll returns the tools of the profile, or all there are where it cannot be read: a prompt is no place for errors.
func (o *options) offersOrAll() []mcp.Offer {
	if offers, err := o.offers(); err == nil {
		return offers
	}
	var all []mcp.Offer
	for _, tool := range tools.All() {
		all = append(all, mcp.Offer{Name: tool.Name, Title: tool.Title, Effect: tool.Effect, Parameters: tool.Parameters})
	}
	return all
}

// valuesOf returns what a parameter can be, where that is known; with a description, where it has one.
func valuesOf(tool string, p tools.Parameter) []string {
	switch {
	case p.Enum != nil:
		return p.Enum
	case p.Kind == tools.Boolean:
		return []string{"true", "false"}
	case tool == "find_graph_api" && p.Name == "query":
		var areas []string
		for _, area := range catalog.New().Areas() {
			areas = append(areas, cobra.CompletionWithDesc(area.Name, area.Title))
		}
		return areas
	}
	return nil
}
