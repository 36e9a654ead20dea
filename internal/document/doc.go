// Package document takes the text out of files, for a model to read: as Markdown where the file has structure, page by
// page. It is pure: no network, no disk, nothing of ours is imported. Every file is somebody else's and may be made
// to harm: each reader is fuzzed, is bounded in what it expands, holds and writes (limits), and looks at its context.
//
// The content chooses the reader (detect.go); names and content types are hints. What is read with what, and why:
//
//   - docx, pptx, xlsx and their templates and macro kinds: readers of our own over archive/zip and encoding/xml. For
//     docx and pptx there is no library that is kept up, permissively licensed and reads numbering, tracked changes,
//     notes and merged cells. For xlsx there is excelize, which is good; but it costs 2.7 MB of the program and, on
//     each start, 1.1 ms and 21,000 allocations before main, where our start has a budget of a few; it keeps sheets in
//     memory; and it shows numbers as formatted, so that 64-bit integers lose digits. We need a streaming reader of values.
//   - odt, ods, odp: a reader of our own; they are small formats, and cost a file.
//   - rtf: a reader of our own. The few libraries know neither code pages nor destinations.
//   - csv: encoding/csv, after finding out the separator, to a Markdown table: a row then never breaks over pages, and
//     its head can be repeated.
//   - text in any encoding: golang.org/x/text, which the Go project keeps up, and which is in the program already. Which
//     encoding it is we guess ourselves (guess.go): the ports of chardet are unkept and wrong on short texts.
//   - pdf, html, eml, msg: see the heads of pdf.go, html.go and mail.go.
//   - doc, xls, ppt and xlsb are not read. Graph converts them to PDF, which is, and the error says so.
//
// Markdown is written to be read, not rendered: only what would change the meaning is escaped (bars and line ends in
// cells, paragraphs that look like headings), tables have no padding, bold and italics are dropped, what is struck out
// is marked (~~so~~), and so is what is raised (10^6).
package document
