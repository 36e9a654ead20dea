package company

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const sheetNS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

// sheet is a worksheet: cells are strings, ints, float64s, times (shown as dates), formulas, or nil for empty.
type sheet struct {
	name string
	rows [][]any
}

// formula is computed by whoever opens the workbook; value is the result that was last saved.
type formula struct {
	expression string
	value      float64
}

// workbook is an xlsx with shared strings and cell styles.
func (p press) workbook(title string, modified time.Time, sheets []sheet) []byte {
	shared := sharedStrings{index: map[string]int{}}
	book := partFile{name: "xl/workbook.xml", contentType: officeTypes + "spreadsheetml.sheet.main+xml"}
	var names strings.Builder
	relations := []string{}
	worksheets := []partFile{}
	for i, s := range sheets {
		file := fmt.Sprintf("worksheets/sheet%d.xml", i+1)
		fmt.Fprintf(&names, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, xmlText(s.name), i+1, i+1)
		relations = append(relations, "worksheet", file)
		worksheets = append(worksheets, partFile{"xl/" + file, officeTypes + "spreadsheetml.worksheet+xml", worksheet(s, &shared)})
	}
	book.content = `<workbook xmlns="` + sheetNS + `" xmlns:r="` + relationshipNS + `"><sheets>` + names.String() + `</sheets></workbook>`
	relations = append(relations, "styles", "styles.xml", "sharedStrings", "sharedStrings.xml")
	parts := append([]partFile{book, {"xl/_rels/workbook.xml.rels", "", relationships(relations...)}}, worksheets...)
	return p.officePackage(title, modified, append(parts,
		partFile{"xl/styles.xml", officeTypes + "spreadsheetml.styles+xml", sheetStyles},
		partFile{"xl/sharedStrings.xml", officeTypes + "spreadsheetml.sharedStrings+xml", shared.xml()}))
}

// sheetStyles defines three cell formats: 0 general, 1 date (built-in number format 14), 2 bold.
const sheetStyles = `<styleSheet xmlns="` + sheetNS + `"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

func worksheet(s sheet, shared *sharedStrings) string {
	var w strings.Builder
	w.WriteString(`<worksheet xmlns="` + sheetNS + `"><sheetData>`)
	for r, row := range s.rows {
		fmt.Fprintf(&w, `<row r="%d">`, r+1)
		for c, value := range row {
			cell := fmt.Sprintf(`<c r="%c%d"`, 'A'+c, r+1)
			switch v := value.(type) {
			case string:
				style := ""
				if r == 0 {
					style = ` s="2"`
				}
				fmt.Fprintf(&w, `%s%s t="s"><v>%d</v></c>`, cell, style, shared.add(v))
			case int:
				fmt.Fprintf(&w, `%s><v>%d</v></c>`, cell, v)
			case float64:
				fmt.Fprintf(&w, `%s><v>%s</v></c>`, cell, number(v))
			case time.Time:
				fmt.Fprintf(&w, `%s s="1"><v>%d</v></c>`, cell, serialDate(v))
			case formula:
				fmt.Fprintf(&w, `%s><f>%s</f><v>%s</v></c>`, cell, xmlText(v.expression), number(v.value))
			}
		}
		w.WriteString(`</row>`)
	}
	w.WriteString(`</sheetData></worksheet>`)
	return w.String()
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// serialDate counts days as spreadsheets do: day 1 is 1900-01-01, and 1900 has a 29 February.
func serialDate(t time.Time) int {
	return int(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}

// sharedStrings holds each distinct text of a workbook once.
type sharedStrings struct {
	index map[string]int
	texts []string
	uses  int
}

func (s *sharedStrings) add(text string) int {
	s.uses++
	i, known := s.index[text]
	if !known {
		i = len(s.texts)
		s.index[text] = i
		s.texts = append(s.texts, text)
	}
	return i
}

func (s *sharedStrings) xml() string {
	var w strings.Builder
	fmt.Fprintf(&w, `<sst xmlns="%s" count="%d" uniqueCount="%d">`, sheetNS, s.uses, len(s.texts))
	for _, text := range s.texts {
		w.WriteString(`<si><t xml:space="preserve">` + xmlText(text) + `</t></si>`)
	}
	w.WriteString(`</sst>`)
	return w.String()
}
