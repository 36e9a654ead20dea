package company

import (
	"html"
	"strings"
)

// block is a paragraph of the few kinds of markdown that the texts of this package use: headings, paragraphs,
// lists, tables and page breaks, without anything inside a line.
type block struct {
	kind  blockKind
	level int        // of a heading, from 1
	text  string     // of a heading or paragraph
	items []string   // of a list
	rows  [][]string // of a table, the header first
}

type blockKind int

const (
	paragraph blockKind = iota
	heading
	bullets
	table
	pageBreak
)

// blocks parses a text. Blocks are separated by empty lines.
func blocks(text string) []block {
	var all []block
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case part == "---":
			all = append(all, block{kind: pageBreak})
		case part[0] == '#':
			title := strings.TrimLeft(part, "#")
			all = append(all, block{kind: heading, level: len(part) - len(title), text: strings.TrimSpace(title)})
		case strings.HasPrefix(part, "- "):
			all = append(all, block{kind: bullets, items: strings.Split(strings.TrimPrefix(part, "- "), "\n- ")})
		case part[0] == '|':
			all = append(all, block{kind: table, rows: tableRows(part)})
		default:
			all = append(all, block{kind: paragraph, text: strings.ReplaceAll(part, "\n", " ")})
		}
	}
	return all
}

// tableRows parses lines such as "| a | b |" and leaves the rule below the header out.
func tableRows(part string) (rows [][]string) {
	for line := range strings.SplitSeq(part, "\n") {
		if strings.HasPrefix(line, "|-") {
			continue
		}
		line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

// htmlDocument is a page as a web editor exports it.
func htmlDocument(title string, all []block) []byte {
	var w strings.Builder
	w.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + html.EscapeString(title) + "</title>\n" +
		"<style>body{font:16px/1.5 sans-serif;max-width:48em;margin:auto}td,th{border:1px solid #9ab;padding:.2em .6em}</style>\n" +
		"<script>document.title += ' - Merisand';</script>\n</head>\n<body>\n")
	for _, x := range all {
		switch x.kind {
		case heading:
			tag := "h" + string(rune('0'+x.level)) + ">"
			w.WriteString("<" + tag + html.EscapeString(x.text) + "</" + tag + "\n")
		case paragraph:
			w.WriteString("<p>" + html.EscapeString(x.text) + "</p>\n")
		case bullets:
			w.WriteString("<ul>\n")
			for _, item := range x.items {
				w.WriteString("<li>" + html.EscapeString(item) + "</li>\n")
			}
			w.WriteString("</ul>\n")
		case table:
			w.WriteString("<table>\n" + htmlRows(x.rows, "", "") + "</table>\n")
		case pageBreak:
			w.WriteString("<hr>\n")
		}
	}
	w.WriteString("</body>\n</html>\n")
	return []byte(w.String())
}

// htmlRows writes table rows; the styles are attributes with a leading blank.
func htmlRows(rows [][]string, headStyle, cellStyle string) string {
	var w strings.Builder
	for i, row := range rows {
		tag, style := "td", cellStyle
		if i == 0 {
			tag, style = "th", headStyle
		}
		w.WriteString("<tr>")
		for _, cell := range row {
			w.WriteString("<" + tag + style + ">" + html.EscapeString(cell) + "</" + tag + ">")
		}
		w.WriteString("</tr>\r\n")
	}
	return w.String()
}

// plainDocument is the text alone, as an editor without formatting keeps it.
func plainDocument(all []block) []byte {
	var w strings.Builder
	for _, x := range all {
		switch x.kind {
		case heading:
			w.WriteString(strings.ToUpper(x.text) + "\r\n")
		case paragraph:
			w.WriteString(x.text + "\r\n")
		case bullets:
			for _, item := range x.items {
				w.WriteString(" * " + item + "\r\n")
			}
		case table:
			for _, row := range x.rows {
				w.WriteString(strings.Join(row, "\t") + "\r\n")
			}
		}
		w.WriteString("\r\n")
	}
	return []byte(w.String())
}
