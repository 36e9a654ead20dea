package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// excerpt shows a person the beginning of what would be sent, in one line: neither blanks nor line feeds may push out of
// sight what matters, or look like a further call, and what is not shown is said.
func excerpt(body []byte, most int) string {
	var compact bytes.Buffer
	if json.Compact(&compact, body) == nil {
		body = compact.Bytes()
	}
	text := []rune(flat(string(body)))
	if len(text) > most {
		return fmt.Sprintf("%s… (%d more characters not shown)", string(text[:most]), len(text)-most)
	}
	return string(text)
}

// flat makes one blank, or one \n, of white space, and shows what else cannot be seen.
func flat(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	blank, feed := false, false
	for _, r := range text {
		if unicode.IsSpace(r) {
			blank, feed = true, feed || r != '\t' && !unicode.Is(unicode.Zs, r)
			continue
		}
		b.WriteString(gap(blank, feed))
		blank, feed = false, false
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	b.WriteString(gap(blank, feed))
	return b.String()
}

func gap(blank, feed bool) string {
	switch {
	case feed:
		return `\n`
	case blank:
		return " "
	}
	return ""
}
