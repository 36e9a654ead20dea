package office

import "strings"

// styleWord chooses a style, or, in the list of styles, begins one.
func (r *rtf) styleWord(word string, n int) {
	switch {
	case word == "s":
		r.group.style = n
		if r.group.styles && r.styles[n] == nil && len(r.styles) < 10_000 {
			r.styles[n] = &rtfStyle{based: -1}
		}
	case r.group.styles && r.styles[r.group.style] != nil:
		r.styles[r.group.style].based = n
	}
}

// heading returns the level of the paragraph that ends; 0 where it is no heading.
func (r *rtf) heading() int {
	if r.group.outline > 0 {
		return r.group.outline
	}
	style := r.styles[r.group.style]
	for range 20 { // a circle ends here, too
		if style == nil {
			return 0
		}
		name := strings.ToLower(strings.TrimSpace(strings.TrimSuffix(style.name, ";")))
		if m := headingName.FindStringSubmatch(name); m != nil && style.outline == 0 {
			style.outline = int(m[1][0] - '0')
		}
		if style.outline > 0 {
			return min(style.outline, 6)
		}
		style = r.styles[style.based]
	}
	return 0
}

// endLink names the address behind a field's result, where the field is a link.
func (r *rtf) endLink(from int) {
	target := linkTarget(r.target.String())
	r.target.Reset()
	if target == "" || from > r.line.Len() {
		return
	}
	if shown := r.line.String()[from:]; link("x", target) != "x" && !strings.Contains(shown, target) {
		r.write(" (" + target + ")")
	}
}
