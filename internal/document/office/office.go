// Package office reads what the programs of an office write: docx, pptx and xlsx, the OpenDocument formats, and rtf.
//
//   - docx, pptx, xlsx and their templates and macro kinds: readers of our own over archive/zip and encoding/xml. For
//     docx and pptx there is no library that is kept up, permissively licensed and reads numbering, tracked changes,
//     notes and merged cells. For xlsx there is excelize, which is good; but it costs 2.7 MB of the program and, on
//     each start, 1.1 ms and 21,000 allocations before main, where our start has a budget of a few; it keeps sheets in
//     memory; and it shows numbers as formatted, so that 64-bit integers lose digits. We need a streaming reader of values.
//   - odt, ods, odp: a reader of our own; they are small formats, and cost a file.
//   - rtf: a reader of our own. The few libraries know neither code pages nor destinations.
//
// An archive is opened within limits (archive.go), its parts are read as a stream or a small tree (xmltree.go), and what
// documents of words have in common, such as lists, links and notes, is written in one way (flow, in docx.go).
package office

import (
	"context"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// ReadZip reads the formats that are zips of XML: Office's since 2007 and OpenDocument. The main part's content type
// says which; templates and files with macros have types of their own, the same inside.
func ReadZip(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	a, err := openArchive(ctx, f.Data, l)
	if err != nil {
		return nil, err
	}
	if a.has("mimetype") && a.has("content.xml") {
		return readOpenDocument(a)
	}
	main, kind, err := a.mainPart()
	if err != nil {
		return nil, err
	}
	switch {
	case strings.Contains(kind, "wordprocessingml") || strings.Contains(kind, "ms-word"):
		return readDocx(a, main)
	case strings.Contains(kind, "presentationml") || strings.Contains(kind, "ms-powerpoint"):
		return readPptx(a, main)
	case strings.Contains(kind, "spreadsheetml") || strings.Contains(kind, "ms-excel.sheet.macro") || strings.Contains(kind, "ms-excel.template"):
		return readXlsx(a, main)
	case strings.Contains(kind, "ms-excel"): // sheet.binary
		return nil, &reading.Error{Kind: reading.Legacy, Format: "xlsb", Detail: "it is a binary workbook"}
	case strings.Contains(kind, "ms-visio"):
		return nil, &reading.Error{Kind: reading.Legacy, Format: "Visio", Detail: "drawings are not read"}
	}
	return nil, &reading.Error{Kind: reading.Unsupported, Format: "zip", Detail: "it is an archive, not an Office document"}
}

// mainPart finds the part that holds the document, and its content type.
func (a *archive) mainPart() (name, kind string, err error) {
	rels, err := a.related("")
	if err != nil {
		return "", "", reading.AsError(err, "Office document")
	}
	name = one(rels, "officeDocument")
	for _, usual := range []string{"word/document.xml", "ppt/presentation.xml", "xl/workbook.xml"} {
		if name == "" && a.has(usual) {
			name = usual // its producer forgot the relationship, as some do
		}
	}
	if name == "" || !a.has("[Content_Types].xml") {
		return "", "", &reading.Error{Kind: reading.Unsupported, Format: "zip", Detail: "it is an archive, not an Office document"}
	}
	types, err := a.tree("[Content_Types].xml")
	if err != nil {
		return "", "", reading.AsError(err, "Office document")
	}
	extension := ""
	for _, n := range types.kids {
		switch {
		case n.name == "Override" && partName(n.attr("PartName")) == partName(name):
			return name, strings.ToLower(n.attr("ContentType")), nil
		case n.name == "Default" && strings.HasSuffix(partName(name), "."+strings.ToLower(n.attr("Extension"))):
			extension = n.attr("ContentType")
		}
	}
	return name, strings.ToLower(extension), nil
}
