// Package tools holds what a model may ask for: each tool's name, description, parameters, effect and handler,
// one file per family.
//
// A handler knows nothing of MCP, of policies or of how tokens come about. The [Call] it is given holds
// arguments that were already brought into their types and checked, and a Graph that is already guarded.
package tools
