package document

import (
	"context"
	"strings"
)

// readZip reads the formats that are zips of XML: Office's since 2007 and OpenDocument. The main part's content type
// says which; templates and files with macros have types of their own, the same inside.
func readZip(ctx context.Context, f File, l *limits) (*Text, error) {
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
		return nil, &Error{Kind: Legacy, Format: "xlsb", Detail: "it is a binary workbook"}
	case strings.Contains(kind, "ms-visio"):
		return nil, &Error{Kind: Legacy, Format: "Visio", Detail: "drawings are not read"}
	}
	return nil, &Error{Kind: Unsupported, Format: "zip", Detail: "it is an archive, not an Office document"}
}

// mainPart finds the part that holds the document, and its content type.
func (a *archive) mainPart() (name, kind string, err error) {
	rels, err := a.related("")
	if err != nil {
		return "", "", asError(err, "Office document")
	}
	name = one(rels, "officeDocument")
	for _, usual := range []string{"word/document.xml", "ppt/presentation.xml", "xl/workbook.xml"} {
		if name == "" && a.has(usual) {
			name = usual // its producer forgot the relationship, as some do
		}
	}
	if name == "" || !a.has("[Content_Types].xml") {
		return "", "", &Error{Kind: Unsupported, Format: "zip", Detail: "it is an archive, not an Office document"}
	}
	types, err := a.tree("[Content_Types].xml")
	if err != nil {
		return "", "", asError(err, "Office document")
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

// readOLE tells what is in a compound file: an Outlook message, an Office file of before 2007, or an encrypted one.
func readOLE(ctx context.Context, f File, l *limits) (*Text, error) {
	has := streamNames(f.Data)
	switch {
	case has["EncryptedPackage"]:
		return nil, &Error{Kind: Encrypted, Format: "Office", Detail: "it is protected by a password, or rights-managed (a sensitivity label)"}
	case has["DRMContent"] || has["\x09DRMContent"]:
		return nil, &Error{Kind: Encrypted, Format: "Office", Detail: "it is rights-managed (a sensitivity label)"}
	case has["__properties_version1.0"]:
		return readMSG(ctx, f, l)
	case has["WordDocument"]:
		return nil, &Error{Kind: Legacy, Format: "doc", Detail: "it is a Word document of before 2007"}
	case has["Workbook"] || has["Book"]:
		return nil, &Error{Kind: Legacy, Format: "xls", Detail: "it is an Excel workbook of before 2007"}
	case has["PowerPoint Document"]:
		return nil, &Error{Kind: Legacy, Format: "ppt", Detail: "it is a PowerPoint presentation of before 2007"}
	}
	return nil, &Error{Kind: Legacy, Format: "compound", Detail: "it is of a Microsoft program other than Word, Excel, PowerPoint and Outlook"}
}
