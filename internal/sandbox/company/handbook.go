package company

import (
	"path"
	"strings"
)

// Handbook returns the passages of the company's policies and manuals, as a search index holds them: one for each
// heading, with a vector that says nothing.
func Handbook() []Entity {
	var all []Entity
	for _, d := range []struct{ name, category string }{
		{"Travel policy.md", "policy"}, {"Security guideline.md", "policy"}, {"Calibration procedure.md", "procedure"}, {"Petrel user manual.md", "manual"},
		{"Audit plan.md", "procedure"}, {"Welcome.md", "policy"},
	} {
		title := strings.TrimSuffix(d.name, path.Ext(d.name))
		for _, p := range passages(blocks(document(d.name))) {
			all = append(all, Entity{
				"id": guid("passage " + d.name + p[0])[:8], "title": title, "heading": p[0], "content": p[1], "category": d.category,
				"year": int64(2024 + len(all)%3), "reviewer": nil, "contentVector": vector(d.name + p[0]),
			})
		}
	}
	return all
}

// passages joins the paragraphs and lists under each heading.
func passages(text []block) (all [][2]string) {
	for _, b := range text {
		switch {
		case b.kind == heading:
			all = append(all, [2]string{b.text, ""})
		case len(all) > 0 && (b.kind == paragraph || b.kind == bullets):
			last := &all[len(all)-1]
			last[1] = strings.TrimSpace(last[1] + "\n" + strings.Join(append(b.items, b.text), "\n"))
		}
	}
	var kept [][2]string
	for _, p := range all {
		if p[1] != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// vector is an embedding of no model.
func vector(of string) []any {
	throw := dice(of)
	out := make([]any, 256)
	for i := range out {
		out[i] = throw.Float64()*2 - 1
	}
	return out
}
