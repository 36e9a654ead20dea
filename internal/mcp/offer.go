package mcp

import (
	"encoding/json"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Offer is a tool as clients see it.
type Offer struct {
	Name, Title, Description string
	Effect                   tools.Effect
	Parameters               []tools.Parameter
	Schema                   json.RawMessage // of the parameters
}

// Offers returns the tools that a server of these profiles lists, in the order in which it does. Nothing is asked for that.
func Offers(profiles []*tools.Profile) []Offer {
	var offers []Offer
	for _, tool := range tools.All() {
		served := usable(profiles, tool)
		if len(served) == 0 {
			continue
		}
		parameters := parametersOf(tool, served, len(profiles) > 1)
		listed := describe(tool, parameters, served)
		hints := listed.Annotations
		offers = append(offers, Offer{Name: listed.Name, Title: listed.Title, Description: listed.Description, Parameters: parameters,
			Effect: tools.Effect{ReadOnly: *hints.ReadOnlyHint, Destructive: *hints.DestructiveHint, Idempotent: *hints.IdempotentHint,
				OpenWorld: *hints.OpenWorldHint},
			Schema: listed.RawInputSchema})
	}
	return offers
}

// parametersOf returns what a tool takes: where there are several profiles, also the one to act as.
func parametersOf(tool tools.Tool, served []*tools.Profile, several bool) []tools.Parameter {
	if !several {
		return tool.Parameters
	}
	return append([]tools.Parameter{profileParameter(served)}, tool.Parameters...)
}
