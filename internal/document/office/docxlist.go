package office

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxLevels is how deep lists nest: w:ilvl is 0 to 8.
const maxLevels = 9

// numbering counts the items of a document's lists.
type numbering struct {
	lists  map[string]*wordList // by w:numId
	counts map[string][]int     // by abstract list: lists of the same go on counting, but for those that begin anew
}

type wordList struct {
	abstract string
	levels   [maxLevels]listLevel
}

type listLevel struct {
	format, text string
	start        int
	restart      bool // this list begins anew, whatever others of the same abstract list counted
	legal        bool // all numbers are shown as decimal ones
}

// numbering reads numbering.xml: lists (w:num) are made of abstract lists, with exceptions.
func (a *archive) numbering(part string, styles map[string]*wordStyle) (*numbering, error) {
	all := &numbering{lists: map[string]*wordList{}, counts: map[string][]int{}}
	if part == "" || !a.has(part) {
		return all, nil
	}
	root, err := a.tree(part)
	if err != nil {
		return nil, err
	}
	abstracts, styled := map[string]*node{}, map[string]*node{}
	for _, n := range root.kids {
		if n.name == "abstractNum" {
			abstracts[n.attr("abstractNumId")] = n
			if name := n.value("styleLink"); name != "" {
				styled[name] = n
			}
		}
	}
	for _, n := range root.kids {
		if n.name != "num" {
			continue
		}
		list := &wordList{abstract: n.value("abstractNumId")}
		abstract := abstracts[list.abstract]
		if linked := styled[abstract.value("numStyleLink")]; linked != nil {
			abstract, list.abstract = linked, linked.attr("abstractNumId")
		}
		list.read(abstract)
		for _, override := range n.kids {
			if override.name == "lvlOverride" {
				list.override(override)
			}
		}
		all.lists[n.attr("numId")] = list
	}
	return all, nil
}

func (w *wordList) read(n *node) {
	if n == nil {
		return
	}
	for _, lvl := range n.kids {
		if i, ok := levelNumber(lvl.attr("ilvl")); ok && lvl.name == "lvl" {
			start, err := strconv.Atoi(cmp.Or(lvl.value("start"), "0"))
			if err != nil || start < 0 {
				start = 1
			}
			w.levels[i] = listLevel{format: cmp.Or(lvl.value("numFmt"), "decimal"), text: lvl.value("lvlText"), start: start, legal: lvl.on("isLgl")}
		}
	}
}

func (w *wordList) override(n *node) {
	w.read(n)
	if i, ok := levelNumber(n.attr("ilvl")); ok {
		if start, err := strconv.Atoi(n.value("startOverride")); err == nil && start >= 0 {
			w.levels[i].start, w.levels[i].restart = start, true
		}
	}
}

func levelNumber(s string) (int, bool) {
	i, err := strconv.Atoi(cmp.Or(s, "0"))
	return i, err == nil && i >= 0 && i < maxLevels
}

// label counts a paragraph that is an item of a list, and returns what stands before it: "-", "1.", "2.1", "a)".
func (n *numbering) label(properties *node, style *wordStyle) (label string, level int, listed bool) {
	id, lvl := properties.value("numPr", "numId"), properties.value("numPr", "ilvl")
	if style != nil {
		id, lvl = cmp.Or(id, style.numID), cmp.Or(lvl, style.level)
	}
	list := n.lists[id]
	level, ok := levelNumber(lvl)
	if list == nil || !ok || id == "0" {
		return "", 0, false
	}
	at := list.levels[level]
	counts := n.counter(list, id)
	counts[level]++
	for i := level + 1; i < maxLevels; i++ {
		counts[i] = list.levels[i].start - 1
	}
	if at.format == "bullet" || at.format == "none" && at.text == "" || at.format == "" {
		return "-", level, true
	}
	return list.show(counts, level), level, true
}

// counter returns the counts that a list goes on with. One that begins anew at some level has counts of its own, which
// are those of its abstract list above that level.
func (n *numbering) counter(list *wordList, id string) []int {
	restart := slices.IndexFunc(list.levels[:], func(l listLevel) bool { return l.restart })
	key := list.abstract
	if restart >= 0 {
		key += " " + id
	}
	if counts := n.counts[key]; counts != nil {
		return counts
	}
	counts, before := make([]int, maxLevels), n.counts[list.abstract]
	for i := range counts {
		if counts[i] = list.levels[i].start - 1; i < restart && before != nil {
			counts[i] = before[i]
		}
	}
	n.counts[key] = counts
	return counts
}

// show fills the level's pattern, "%1.%2)", with the counts.
func (w *wordList) show(counts []int, level int) string {
	text := w.levels[level].text
	if text == "" {
		return "-"
	}
	for i := range level + 1 {
		format := w.levels[i].format
		if w.levels[level].legal && format != "none" && format != "bullet" {
			format = "decimal"
		}
		text = strings.ReplaceAll(text, "%"+strconv.Itoa(i+1), countAs(max(counts[i], w.levels[i].start), format))
	}
	return strings.TrimSpace(text)
}

func countAs(n int, format string) string {
	switch format {
	case "lowerLetter":
		return strings.ToLower(letters(n))
	case "upperLetter":
		return letters(n)
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "none", "bullet":
		return ""
	}
	return strconv.Itoa(n)
}

// letters counts as Word does: A to Z, AA to ZZ, AAA…
func letters(n int) string {
	if n < 1 || n > 780 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(rune('A'+(n-1)%26)), (n-1)/26+1)
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	values := []int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
	for i, sign := range []string{"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"} {
		for ; n >= values[i]; n -= values[i] {
			b.WriteString(sign)
		}
	}
	return b.String()
}
