package office

import (
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// paragraphs writes the text of a shape. Where the paragraphs are a list by the slide's layout, one alone is none.
func (d *drawings) paragraphs(body *node, list bool) string {
	if body == nil {
		return ""
	}
	var lines []string
	several, counts := 0, [maxLevels]int{}
	for _, n := range body.kids {
		if n.name == "p" && strings.TrimSpace(d.line(n)) != "" {
			several++
		}
	}
	for _, n := range body.kids {
		if n.name != "p" {
			continue
		}
		text := strings.TrimSpace(d.line(n))
		if text == "" {
			continue
		}
		mark := bullet(n.child("pPr"), list && several > 1, &counts)
		lines = append(lines, mark+strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", len(mark))))
	}
	return strings.Join(lines, "\n")
}

// bullet returns what stands before a paragraph, indented by its level.
func bullet(properties *node, list bool, counts *[maxLevels]int) string {
	level := 0
	if properties != nil {
		level, _ = levelNumber(properties.attr("lvl"))
	}
	level = min(max(level, 0), maxLevels-1)
	for i := level + 1; i < maxLevels; i++ {
		counts[i] = 0
	}
	numbered := properties.child("buAutoNum")
	switch {
	case properties.child("buNone") != nil:
		return strings.Repeat("  ", level)
	case numbered != nil:
		if counts[level] == 0 {
			counts[level] = span(numbered.attr("startAt"), 1) - 1
		}
		counts[level]++
		return strings.Repeat("  ", level) + autoNumber(numbered.attr("type"), counts[level]) + " "
	case list || properties.child("buChar") != nil || properties.child("buBlip") != nil:
		counts[level] = 0
		return strings.Repeat("  ", level) + "- "
	}
	return ""
}

// autoNumber counts as a scheme says: arabicPeriod is "1.", romanUcParenR "I)", alphaLcParenBoth "(a)".
func autoNumber(scheme string, n int) string {
	format := ""
	for start, known := range map[string]string{"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"} {
		if strings.HasPrefix(scheme, start) {
			format = known
		}
	}
	number := countAs(n, format)
	switch {
	case strings.HasSuffix(scheme, "ParenBoth"):
		return "(" + number + ")"
	case strings.HasSuffix(scheme, "ParenR"):
		return number + ")"
	case strings.HasSuffix(scheme, "Plain"):
		return number
	}
	return number + "."
}

// line writes a paragraph's runs.
func (d *drawings) line(n *node) string {
	var b strings.Builder
	for _, kid := range n.kids {
		switch kid.name {
		case "r":
			b.WriteString(d.run(kid))
		case "fld":
			b.WriteString(kid.child("t").content())
		case "br":
			b.WriteString("\n")
		case "m", "oMath", "oMathPara":
			b.WriteString(formula(kid))
		case "AlternateContent":
			if branch := alternative(kid); branch != nil {
				b.WriteString(d.line(branch))
			}
		}
	}
	return reading.Settle(b.String())
}

func (d *drawings) run(n *node) string {
	text, properties := n.child("t").content(), n.child("rPr")
	if properties == nil {
		return text
	}
	baseline, _, _ := strings.Cut(properties.attr("baseline"), "%")
	height, err := strconv.Atoi(baseline)
	strike := properties.attr("strike")
	text = reading.Marked(text, err == nil && height > 0, strike == "sngStrike" || strike == "dblStrike")
	if click := properties.child("hlinkClick"); click != nil {
		if r := d.rels[click.rel("id")]; r.external {
			return link(text, r.target)
		}
	}
	return text
}
