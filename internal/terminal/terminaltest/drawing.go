package terminaltest

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// The drawing's measures, in pixels. Each run of text is as wide as its columns, whatever font there is.
const (
	columnWidth = 8.0
	lineHeight  = 19
	margin      = 18
	bar         = 34 // the window's head
)

// style has the colours of both modes; contrasts are at least 4.5 to 1. There is no script, and no font from elsewhere.
const style = `<style>
.page{fill:#ffffff;stroke:#d0d7de}.head{fill:#59636e}.dot{fill:#d0d7de}
text{font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;font-size:13.3px;fill:#1f2328;white-space:pre}
text.head{font-size:12px}.strong{font-weight:700}.faint{fill:#59636e}.red{fill:#b31d28}.green{fill:#116329}.yellow{fill:#7d4e00}.blue{fill:#0550ae}.magenta{fill:#8250df}.cyan{fill:#0a5c6b}
@media (prefers-color-scheme:dark){.page{fill:#0d1117;stroke:#30363d}.head,.faint{fill:#9198a1}.dot{fill:#30363d}text{fill:#e6edf3}.red{fill:#ff7b72}.green{fill:#56d364}.yellow{fill:#e3b341}.blue{fill:#79c0ff}.magenta{fill:#d2a8ff}.cyan{fill:#76e3ea}}
</style>
`

// SVG draws the page as a window with that title. The description is what those hear who do not see it.
func (p *Page) SVG(title, description string) string {
	rows := p.rows
	for len(rows) > 0 && len(rows[len(rows)-1]) == 0 {
		rows = rows[:len(rows)-1]
	}
	width, height := float64(p.columns)*columnWidth+2*margin, bar+margin/2+len(rows)*lineHeight+margin/2
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, escape(description))
	fmt.Fprintf(&b, "<title>%s</title>\n%s", escape(title), style)
	fmt.Fprintf(&b, `<rect class="page" x="0.5" y="0.5" width="%.0f" height="%d" rx="9"/>`+"\n", width-1, height-1)
	for i := range 3 {
		fmt.Fprintf(&b, `<circle class="dot" cx="%d" cy="18" r="5.5"/>`, margin+6+i*19)
	}
	fmt.Fprintf(&b, "\n"+`<text class="head" x="%.0f" y="22" text-anchor="middle">%s</text>`+"\n", width/2, escape(title))
	for i, row := range rows {
		drawLine(&b, row, bar+margin/2+i*lineHeight+lineHeight-6)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawLine draws a line in runs of one style. Blanks between words are left out: each word stands at its own column.
func drawLine(b *strings.Builder, row []cell, y int) {
	for from := 0; from < len(row); {
		to := from + 1
		for to < len(row) && row[to].style == row[from].style && !gap(row, to) {
			to++
		}
		text := plain(row[from:to])
		if trimmed := strings.TrimRight(text, " "); trimmed != "" {
			columns := to - from - (len(text) - len(trimmed))
			class := ""
			if row[from].style != "" {
				class = fmt.Sprintf(` class="%s"`, row[from].style)
			}
			fmt.Fprintf(b, `<text%s x="%.0f" y="%d" textLength="%.0f" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n",
				class, margin+float64(from)*columnWidth, y, float64(columns)*columnWidth, escape(trimmed))
		}
		for from = to; from < len(row) && row[from].text == " "; {
			from++
		}
	}
}

// gap reports whether two blanks begin here, as between the columns of a table.
func gap(row []cell, at int) bool {
	return row[at].text == " " && at+1 < len(row) && row[at+1].text == " "
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
