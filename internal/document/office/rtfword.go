package office

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/charset"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// word obeys a control word.
func (r *rtf) word(word string, n int, given bool) {
	if s, ok := rtfCharacter(word); ok {
		r.text(s)
		return
	}
	switch word {
	case "u":
		r.unicode(n)
	case "uc":
		r.group.fallback = min(max(n, 0), 32)
	case "par", "sect":
		r.decode()
		r.endParagraph()
	case "cell", "row", "nestcell", "nestrow":
		r.decode()
		r.tableWord(word)
	case "pard", "intbl", "outlinelevel", "ilvl", "plain", "v", "deleted", "super", "sub", "nosupersub", "strike", "striked":
		r.decode()
		r.property(word, n, given)
	case "s", "sbasedon":
		r.decode()
		r.styleWord(word, n)
	case "ansicpg", "mac", "pc", "pca", "f", "fcharset":
		r.decode()
		r.fontWord(word, n)
	default:
		r.begin(word)
	}
}

// rtfCharacter returns the character that a word stands for.
func rtfCharacter(word string) (string, bool) {
	switch word {
	case "tab":
		return "\t", true
	case "line", "softline", "lbr":
		return "\n", true
	case "emdash":
		return "—", true
	case "endash":
		return "–", true
	case "bullet":
		return "•", true
	case "lquote":
		return "‘", true
	case "rquote":
		return "’", true
	case "ldblquote":
		return "“", true
	case "rdblquote":
		return "”", true
	case "emspace", "enspace", "qmspace":
		return " ", true
	}
	return "", false
}

// begin handles the words that say what a group is for.
func (r *rtf) begin(word string) {
	switch word {
	case "fonttbl":
		r.group.fontList = true
	case "stylesheet":
		r.group.styles = true
	case "fldinst":
		r.decode()
		r.group.field = true
		r.target.Reset()
	case "fldrslt":
		r.decode()
		r.group.linkFrom = r.line.Len() + 1
	case "listtext", "pntext":
		r.decode()
		r.group.label, r.label = true, ""
	case "footnote":
		r.decode()
		if !r.group.ignored { // its sign is raised; it is not
			r.group.raised, r.group.struck = false, false
			r.write(" [note: ")
			r.group.footnote = true
		}
	case "colortbl", "info", "pict", "objdata", "objclass", "objname", "header", "headerl",
		"headerr", "headerf", "footer", "footerl", "footerr", "footerf", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc",
		"listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "themedata", "colorschememapping",
		"datastore", "latentstyles", "xmlnstbl", "mmathPr", "bkmkstart", "bkmkend", "nonshppict", "sp", "nonesttables",
		"nesttableprops", "annotation", "atnid", "atnauthor", "filetbl", "xe", "tc", "pntxta", "pntxtb", "pnseclvl",
		"template", "mhtmltag", "htmltag", "docvar", "userprops", "background", "do":
		r.decode()
		r.group.ignored = true
	}
}

// property sets what holds for the text that follows.
func (r *rtf) property(word string, n int, given bool) {
	on := !given || n != 0
	switch word {
	case "pard":
		r.group.inTable, r.group.outline, r.group.level = false, 0, 0
		if !r.group.styles {
			r.group.style = 0
		}
	case "intbl":
		r.group.inTable = on
	case "outlinelevel":
		r.group.outline = 0
		if n >= 0 && n < 6 {
			r.group.outline = n + 1
		}
		if style := r.styles[r.group.style]; style != nil && r.group.styles {
			style.outline = r.group.outline
		}
	case "ilvl":
		r.group.level = min(max(n, 0), maxLevels-1)
	case "plain":
		r.group.hidden, r.group.raised, r.group.struck = false, false, false
	case "super", "sub", "nosupersub":
		r.group.raised = word == "super" && on
	case "strike", "striked":
		r.group.struck = on
	case "v", "deleted":
		r.group.hidden = on
	}
}

// fontWord sets the code page: of the document, of a font in the list of fonts, of the text that follows.
func (r *rtf) fontWord(word string, n int) {
	switch word {
	case "ansicpg":
		r.page = codePage(n)
		r.group.codePage = r.page
	case "mac":
		r.page, r.group.codePage = "macintosh", "macintosh"
	case "pc", "pca":
		r.page, r.group.codePage = "cp850", "cp850"
	case "f":
		r.group.font = n
		if page, ok := r.fonts[n]; ok && !r.group.fontList {
			r.group.codePage = page
		} else {
			r.group.codePage = r.page
		}
	case "fcharset":
		if page := charsetPage(n); page != "" && r.group.fontList && len(r.fonts) < 10_000 {
			r.fonts[r.group.font] = page
		}
	}
}

func codePage(n int) string {
	switch {
	case n >= 1250 && n <= 1258:
		return "windows-" + strconv.Itoa(n)
	case n == 437 || n == 850 || n == 852:
		return "cp" + strconv.Itoa(n)
	}
	if name, ok := map[int]string{866: "ibm866", 874: "windows-874", 932: "shift_jis", 936: "gb18030", 949: "euc-kr", 950: "big5", 10000: "macintosh", 65001: "utf-8"}[n]; ok {
		return name
	}
	return "windows-1252"
}

// charsetPage returns the code page of a Windows character set; "" for that of the document.
func charsetPage(n int) string {
	return map[int]string{2: "symbol", 77: "macintosh", 128: "shift_jis", 129: "euc-kr", 134: "gb18030", 136: "big5", 161: "windows-1253",
		162: "windows-1254", 163: "windows-1258", 177: "windows-1255", 178: "windows-1256", 186: "windows-1257",
		204: "windows-1251", 222: "windows-874", 238: "windows-1250", 255: "cp850"}[n]
}

func decodeCodePage(raw []byte, page string) string {
	oem := map[string]*charmap.Charmap{"cp437": charmap.CodePage437, "cp850": charmap.CodePage850, "cp852": charmap.CodePage852}[page]
	switch {
	case oem != nil:
		s, _ := oem.NewDecoder().Bytes(raw)
		return string(s)
	case page == "symbol":
		var b strings.Builder
		for _, c := range raw {
			if c < 0x80 {
				b.WriteByte(c)
			} else {
				b.WriteString(symbol(strconv.FormatInt(int64(c), 16)))
			}
		}
		return b.String()
	}
	if !slices.ContainsFunc(raw, func(c byte) bool { return c >= 0x80 }) {
		return string(raw)
	}
	return charset.DecodeAs(raw, page)
}

// endParagraph writes the paragraph that was read; inside of a cell it is a line.
func (r *rtf) endParagraph() {
	if r.group.ignored || r.group.label || r.group.styles || r.group.field {
		return
	}
	if r.group.footnote || r.inFootnote() {
		r.line.WriteString(" ")
		return
	}
	if r.group.inTable {
		r.line.WriteString("\n")
		return
	}
	r.endTable()
	text := strings.Trim(reading.Settle(r.line.String()), " \t\n")
	label := strings.TrimSpace(r.label)
	r.line.Reset()
	r.label = ""
	if len(label) > 0 && strings.Trim(label, "•·◦▪-–o§\uFFFD") == "" {
		label = "-"
	}
	switch heading := r.heading(); {
	case text == "":
	case heading > 0:
		r.flow.Block(strings.Repeat("#", heading) + " " + strings.TrimSpace(label+" "+strings.Join(strings.Fields(text), " ")))
		r.flow.inList = false
	case label != "":
		r.flow.item(strings.Repeat("  ", r.group.level)+label+" ", text)
	default:
		r.flow.Block(escapeLine(text))
		r.flow.inList = false
	}
}

func (r *rtf) inFootnote() bool {
	for _, g := range r.outer[max(0, len(r.outer)-16):] {
		if g.footnote {
			return true
		}
	}
	return false
}

// tableWord ends a cell or a row. The cells of a table within a cell stand in one line.
func (r *rtf) tableWord(word string) {
	switch {
	case r.group.ignored || r.group.styles || r.group.field:
	case word == "nestcell":
		r.line.WriteString(" / ")
	case word == "nestrow":
		r.line.WriteString("\n")
	case word == "cell":
		text := strings.TrimSpace(reading.Settle(r.line.String()))
		r.cells++
		if r.size += len(text); r.cells > r.l.Cells || r.size > r.l.Text {
			r.flow.Full = true
			return
		}
		if label := strings.TrimSpace(r.label); label != "" {
			text = label + " " + text
		}
		r.row, r.label = append(r.row, text), ""
		r.line.Reset()
	case word == "row" && len(r.row) > 0:
		r.rows, r.row = append(r.rows, r.row), nil
	}
}

func (r *rtf) endTable() {
	if len(r.row) > 0 {
		r.rows, r.row = append(r.rows, r.row), nil
	}
	if len(r.rows) > 0 {
		r.flow.Table(r.rows)
		r.rows, r.flow.inList = nil, false
	}
}
