package tools

import (
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// PlaceOf is what a batch says of an answer without a body.
func PlaceOf(r graph.BatchResponse) string {
	return string((&batchAnswer{response: r}).place().encode())
}

// Known is the catalog, read once for all tests.
var Known = sync.OnceValue(catalog.New)

// PermissionFor is what a call needs of a profile of a mode, and the call before it in the path where it is that one's.
func PermissionFor(method, path, mode string) (permission, partOf string, never bool) {
	n := (&Profile{Catalog: Known(), Mode: mode}).need(method, path)
	return n.permission, n.partOf, n.never
}

// MeantBy is the name that a wrong one most likely means.
var MeantBy = meantBy
