package tools

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// pathHint says what was meant by a path that does not exist, or which header a call needs that it was sent without. It asks
// nobody; "" where nothing is known.
func (p *Profile) pathHint(r *graph.Request, refusal *graph.Error) string {
	segment, _ := quotedBehind(refusal.Message, "resource not found for the segment")
	if segment != "" && (refusal.Status == http.StatusBadRequest || refusal.Status == http.StatusNotFound) {
		return p.segmentHint(r, segment)
	}
	if refusal.Status == http.StatusBadRequest && refusal.Hint() == "" {
		return p.headerHint(r)
	}
	return ""
}

// segmentHint names the nearest path that exists.
func (p *Profile) segmentHint(r *graph.Request, segment string) string {
	const documented = "Graph is documented to have this path, and this service does not: a national cloud or a tenant without the licence may lack it"
	var misfit error
	if m := p.heldModel(r.Version()); m != nil {
		if _, misfit = m.Resolve(r.Path()); misfit == nil {
			return documented
		}
	}
	if hint := p.versionHint(r); hint != "" {
		return hint
	}
	var unknown *schema.UnknownSegmentError
	if errors.As(misfit, &unknown) {
		return unknown.Error() + ": " + unknown.Hint()
	}
	if p.Catalog == nil {
		return ""
	}
	if _, known := p.Catalog.At(r.Method(), r.Path()); known {
		return documented
	}
	hits := p.Catalog.Find(catalog.Query{Text: r.Path(), Limit: 3, App: p.Mode == clientCredentials, Version: r.Version()})
	if len(hits) == 0 {
		return ""
	}
	f := &finding{profile: p, version: r.Version()}
	lines := make([]string, len(hits))
	for i, hit := range hits {
		lines[i] = f.line(hit.Operation)
	}
	return strconv.Quote(segment) + " does not exist there. The nearest known calls: " + strings.Join(lines, "; ") + ". find_graph_api finds others by plain words"
}

// versionHint says that a path exists in the other version of the API alone.
func (p *Profile) versionHint(r *graph.Request) string {
	other := otherVersion(r.Version())
	exists := false
	if m := p.heldModel(other); m != nil {
		_, err := m.Resolve(r.Path())
		exists = err == nil
	}
	if p.Catalog != nil && !exists && other == graph.Beta {
		o, ok := p.Catalog.At(r.Method(), r.Path())
		exists = ok && o.Version == graph.Beta
	}
	if !exists {
		return ""
	}
	return "this path exists in " + other + ": apiVersion " + strconv.Quote(other)
}

// headerHint names a header that the call is documented to need and was sent without.
func (p *Profile) headerHint(r *graph.Request) string {
	if p.Catalog == nil {
		return ""
	}
	o, ok := p.Catalog.At(r.Method(), r.Path())
	if !ok {
		return ""
	}
	for _, needed := range o.Headers {
		if r.Header(needed.Name) == "" && !strings.EqualFold(needed.Name, "Prefer") {
			return "this call needs the header " + needed.Name + ": send headers {" + compact.Quote(needed.Name) + ": " + compact.Quote(needed.Value) + "}"
		}
	}
	return ""
}
