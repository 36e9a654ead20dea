package client

import "strings"

// What is added looks like what is there: its indentation, its line ends, its commas. What was added by inserted is
// taken away by removed to the byte.

// printerOf returns a printer that writes as the text is written.
func printerOf(d document) printer {
	p := printer{newline: "\n", unit: "  "}
	if i := strings.IndexByte(d.text, '\n'); i > 0 && d.text[i-1] == '\r' {
		p.newline = "\r\n"
	}
	if len(d.root.members) > 0 {
		first := d.root.members[0]
		if indent, alone := indentAt(d.text, first.start); alone && indent != "" {
			p.unit = indent
		}
	}
	return p
}

// onLine returns the printer for what stands on one line with m.
func (p printer) onLine(text string, m member) printer {
	p.line = true
	p.tight = m.value.start > 0 && text[m.value.start-1] == ':'
	return p
}

// lineStart returns where the line of at begins.
func lineStart(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

// indentAt returns the blanks that the line of at begins with, and whether at stands right behind them.
func indentAt(text string, at int) (indent string, alone bool) {
	line := text[lineStart(text, at):]
	length := len(line) - len(strings.TrimLeft(line, " \t"))
	return line[:length], lineStart(text, at)+length == at
}

// replaced returns the text with v in the place of a value.
func replaced(d document, n node, v any) string {
	p := printerOf(d)
	indent, _ := indentAt(d.text, n.start)
	if !strings.Contains(d.text[d.root.start:d.root.end], "\n") {
		p.line = true
	}
	return d.text[:n.start] + p.value(v, indent) + d.text[n.end:]
}

// inserted returns the text with a member at the end of an object.
func inserted(d document, n node, f field) string {
	p := printerOf(d)
	if len(n.members) == 0 {
		return filled(d, n, f, p)
	}
	last := n.members[len(n.members)-1]
	indent, alone := indentAt(d.text, last.start)
	at, before, after := last.value.end, ",", ""
	if last.comma >= 0 {
		at, before, after = last.comma+1, "", ","
	}
	if !alone { // all on one line
		p = p.onLine(d.text, last)
		return d.text[:at] + before + p.space() + p.member(f, "") + after + d.text[at:]
	}
	end := at + restOfLine(d.text[at:])
	return d.text[:at] + before + d.text[at:end] + p.newline + indent + p.member(f, indent) + after + d.text[end:]
}

// filled returns the text with the first member of an object.
func filled(d document, n node, f field, p printer) string {
	inner := d.text[n.start+1 : n.end-1]
	if n.start != d.root.start && !strings.Contains(d.text[d.root.start:d.root.end], "\n") {
		p.line = true
		p.tight = !strings.Contains(d.text[d.root.start:n.start], ": ")
		return d.text[:n.start+1] + inner + p.member(f, "") + d.text[n.end-1:]
	}
	base, _ := indentAt(d.text, n.start)
	member := p.newline + base + p.unit + p.member(f, base+p.unit)
	kept := strings.TrimRight(inner, " \t\r\n") // comments
	rest := inner[len(kept):]
	if kept == "" || !strings.Contains(rest, "\n") {
		rest = p.newline + base
	}
	return d.text[:n.start+1] + kept + member + rest + d.text[n.end-1:]
}

// restOfLine returns the length of the blanks and comments up to the end of the line, or 0 where something else
// follows.
func restOfLine(text string) int {
	at := 0
	for at < len(text) {
		rest := text[at:]
		switch {
		case rest[0] == '\n' || strings.HasPrefix(rest, "\r\n"):
			return at
		case rest[0] == ' ' || rest[0] == '\t':
			at++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				return 0
			}
			return at + len(strings.TrimSuffix(rest[:end], "\r"))
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 || strings.Contains(rest[:end], "\n") {
				return 0
			}
			at += end + 2
		default:
			return 0
		}
	}
	return 0
}

// removed returns the text without member i of an object. Comments beside it stay.
func removed(d document, n node, i int) string {
	m, text := n.members[i], d.text
	start, end := m.start, m.value.end
	comma := m.comma
	switch {
	case comma < 0 && i > 0:
		comma = n.members[i-1].comma // which would now be one too many
	case comma >= 0 && strings.TrimSpace(text[end:comma]) == "":
		end, comma = comma+1, -1
	}
	blanks := len(text[end:]) - len(strings.TrimLeft(text[end:], " \t"))
	follows := strings.TrimLeft(text[end+blanks:], "\r")
	_, alone := indentAt(text, start)
	ends := follows == "" || follows[0] == '\n'
	line, before := lineStart(text, start), n.start+1
	if i > 0 {
		before = n.members[i-1].value.end // from here on, there are blanks and comments alone, and a comma
	}
	switch {
	case alone && ends:
		start, end = lineEndBefore(text, line), end+blanks
	case alone && follows[0] == '}' && !strings.Contains(text[before:line], "//"):
		start = lineEndBefore(text, line)
	case alone:
		end += blanks
	case m.comma >= 0 && i+1 < len(n.members):
		end += blanks
	default:
		start = len(strings.TrimRight(text[:start], " \t"))
	}
	after := text[:start] + text[end:]
	switch {
	case comma >= end:
		after = text[:start] + text[end:comma] + text[comma+1:]
	case comma >= 0:
		after = text[:comma] + text[comma+1:start] + text[end:]
	}
	return closed(after, n, len(n.members) == 1)
}

// lineEndBefore returns where the line before the one that begins at line ends.
func lineEndBefore(text string, line int) int {
	return len(strings.TrimSuffix(strings.TrimSuffix(text[:line], "\n"), "\r"))
}

// closed returns the text with nothing between the braces of an object that has lost its only member, where nothing
// but blanks is left.
func closed(text string, n node, empty bool) string {
	end := n.start + 1 + strings.IndexByte(text[n.start+1:], '}')
	if !empty || strings.TrimSpace(text[n.start+1:end]) != "" {
		return text
	}
	return text[:n.start+1] + text[end:]
}
