package office

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// wordStyle is what a paragraph style says about headings and lists, or a character style about raised text.
type wordStyle struct {
	name, based  string
	outline      int // 1 to 9; 0 is text, -1 unsaid
	numID, level string
	raised       bool // of characters
}

// wordStyles reads the styles by their ID. IDs are localized ("berschrift1"); names are not ("heading 1"), and own
// styles say what they are by their outline level or by the style that they are based on.
func (a *archive) wordStyles(part string) (map[string]*wordStyle, error) {
	styles := map[string]*wordStyle{}
	if part == "" || !a.has(part) {
		return styles, nil
	}
	root, err := a.tree(part)
	if err != nil {
		return nil, err
	}
	for _, n := range root.kids {
		if n.name != "style" || n.attr("type") != "paragraph" && n.attr("type") != "character" && n.attr("type") != "" {
			continue
		}
		properties := n.child("pPr")
		styles[n.attr("styleId")] = &wordStyle{
			name:    strings.ToLower(n.value("name")),
			based:   n.value("basedOn"),
			outline: outlineLevel(properties),
			numID:   properties.value("numPr", "numId"),
			level:   properties.value("numPr", "ilvl"),
			raised:  n.value("rPr", "vertAlign") == "superscript",
		}
	}
	for _, style := range styles {
		style.inherit(styles)
	}
	return styles, nil
}

// inherit takes from the styles below what the style itself leaves unsaid. Nobody nests more than some; a circle
// ends here, too.
func (s *wordStyle) inherit(styles map[string]*wordStyle) {
	below := s
	for range 20 {
		s.nameLevel(below.name)
		if below = styles[below.based]; below == nil {
			return
		}
		if s.outline < 0 {
			s.outline = below.outline
		}
		s.numID, s.level = cmp.Or(s.numID, below.numID), cmp.Or(s.level, below.level)
	}
}

// headingName matches the names of Word's own headings, and those of programs that write names in their language.
var headingName = regexp.MustCompile(`^(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|заголовок|標題|标题|見出し|제목) ?([1-9])$`)

func (s *wordStyle) nameLevel(name string) {
	if s.outline >= 0 {
		return
	}
	if name == "title" {
		s.outline = 1
	} else if m := headingName.FindStringSubmatch(name); m != nil {
		s.outline, _ = strconv.Atoi(m[1])
	}
}

func outlineLevel(properties *node) int {
	level, err := strconv.Atoi(properties.value("outlineLvl"))
	switch {
	case err != nil || level < 0:
		return -1
	case level > 8:
		return 0
	}
	return level + 1
}

// headingLevel returns 1 to 6, or 0 for a paragraph that is no heading.
func headingLevel(properties *node, style *wordStyle) int {
	level := outlineLevel(properties)
	if level < 0 && style != nil {
		level = style.outline
	}
	return min(max(level, 0), 6)
}

// sorted returns the relationships of a kind within the file, in the order of their targets.
func sorted(rels map[string]relationship, kind string) []relationship {
	var found []relationship
	for _, r := range rels {
		if r.kind == kind && !r.external {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b relationship) int {
		return cmp.Or(cmp.Compare(len(a.target), len(b.target)), cmp.Compare(a.target, b.target))
	})
	return found
}
