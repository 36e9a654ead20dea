// Package document takes the text out of files, for a model to read: as Markdown where the file has structure, page by
// page. It is pure: no network, no disk, nothing of ours is imported but the rooms below it. Every file is somebody
// else's and may be made to harm: each reader is fuzzed, is bounded in what it expands, holds and writes
// (reading.Limits), and looks at its context.
//
// The content chooses the reader (detect.go); names and content types are hints. The rooms of the readers, and of what
// they stand on; each says why it is our own, or what it uses:
//
//	mail      eml and msg, with office and html for their texts and compound for msg's container
//	office    docx, pptx, xlsx, odt, odp, ods and rtf
//	html      HTML, and pieces of it
//	pdf       PDF
//	plain     text and csv
//	compound  the container of msg and of what Office wrote before 2007
//	charset   text in any encoding
//	reading   what a reader is given and hands back: files, limits, Markdown, errors
//
// doc, xls, ppt and xlsb are not read. Graph converts them to PDF, which is, and the error says so.
//
// Markdown is written to be read, not rendered: only what would change the meaning is escaped (bars and line ends in
// cells, paragraphs that look like headings), tables have no padding, bold and italics are dropped, what is struck out
// is marked (~~so~~), and so is what is raised (10^6).
package document
