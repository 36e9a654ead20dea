package tools

import "github.com/sapientsai/microsoft-mcp-server/internal/graph"

// For the tests outside of the package.
var (
	ItemsOf       = itemsOf
	PermissionFor = permissionFor
	Includes      = includes
)

// PlaceOf is what a batch says of an answer without a body.
func PlaceOf(r graph.BatchResponse) string {
	return string((&batchAnswer{response: r}).place().encode())
}
