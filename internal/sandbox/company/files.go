package company

import (
	"embed"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"
)

// texts are the conversations and documents of the company, in the markdown that blocks understands.
//
//go:embed texts
var texts embed.FS

// text reads an embedded file. A missing one is a mistake in this package, which every test meets.
func text(name string) string {
	data, err := texts.ReadFile("texts/" + name)
	if err != nil {
		panic(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n") // a checkout may have changed the line ends
}

// store makes the contents of files as they stand at now, each once. Several goroutines may use it.
type store struct {
	now time.Time

	mu    sync.Mutex // guards what follows
	press press
	files map[string][]byte // by name
}

// file returns the content that belongs to a file name, made once for each company: the same document lies in
// many drives and hangs on many mails.
func (s *store) file(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, made := s.files[name]
	if !made {
		content = s.makeFile(name)
		s.files[name] = content
	}
	return content
}

func (s *store) makeFile(name string) []byte {
	title, written := strings.TrimSuffix(name, path.Ext(name)), daysBefore(s.now, 30+len(name), 9, 41)
	switch path.Ext(name) {
	case ".docx":
		return s.press.wordDocument(title, written, blocks(document(name)))
	case ".pptx":
		return s.press.presentation(title, written, slidesOf(blocks(document(name))))
	case ".pdf":
		return s.press.pdfDocument(title, written, blocks(document(name)), len(name)%2 == 0)
	case ".html":
		return htmlDocument(title, blocks(document(name)))
	case ".md":
		return []byte(document(name))
	case ".xlsx":
		return s.press.workbook(title, written, s.sheets(name))
	case ".png", ".jpg", ".svg":
		return picture(name)
	case ".csv", ".json", ".log", ".eml", ".ics":
		return s.dataFile(name)
	case ".txt":
		return s.textFile(name)
	case ".bin":
		return noise(name, 128<<10)
	}
	panic("no content for " + name) // a mistake in this package, which every test meets
}

// document finds the text for a file: its name in lower case, with hyphens.
func document(name string) string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimSuffix(name, path.Ext(name))))
	return text("documents/" + slug + ".md")
}

// mediaType is what SharePoint says about a file.
func mediaType(name string) string {
	const office = "application/vnd.openxmlformats-officedocument."
	switch path.Ext(name) {
	case ".docx":
		return office + "wordprocessingml.document"
	case ".xlsx":
		return office + "spreadsheetml.sheet"
	case ".pptx":
		return office + "presentationml.presentation"
	case ".pdf":
		return "application/pdf"
	case ".html":
		return "text/html"
	case ".csv":
		return "text/csv"
	case ".json":
		return "application/json"
	case ".png":
		return "image/png"
	case ".jpg":
		return "image/jpeg"
	case ".svg":
		return "image/svg+xml"
	case ".eml":
		return "message/rfc822"
	case ".ics":
		return "text/calendar"
	case ".txt", ".log":
		return "text/plain"
	}
	return "application/octet-stream" // .md among them
}

// textFile is plain text in one of the encodings that people's files have.
func (s *store) textFile(name string) []byte {
	switch name {
	case "empty.txt":
		return []byte{}
	case "kittiwake-log.txt":
		return s.castLog()
	case "Notizen.txt": // UTF-16 with a byte order mark, as Windows' editor once saved
		return utf16LE("Notizen vom Rundgang\r\n\r\n• Halle 2: Prüfstand läuft\r\n• Büro Süd: Heizung klopft\r\n• Größe der Kisten für Ölfilter klären\r\n")
	case "Lieferanten.txt": // Windows-1252
		return []byte(windows1252("Küstenkabel GmbH, Büsum, 30 Tage netto\r\nTitaniumWorks, Bengaluru, Vorkasse\r\nSchäkel & Söhne, Lübeck, 14 Tage, 2 % Skonto, 1.250 €\r\n"))
	}
	return plainDocument(blocks(document(name)))
}

// noise is a file that nothing can read or compress.
func noise(name string, size int) []byte {
	throw, out := dice(name), make([]byte, 0, size+8)
	for len(out) < size {
		out = binary.LittleEndian.AppendUint64(out, throw.Uint64())
	}
	return out[:size]
}

func utf16LE(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, r := range s { // no letter here needs a surrogate
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

// castLog is what an instrument writes while it sinks: a line per two metres.
func (s *store) castLog() []byte {
	var w strings.Builder
	throw, at := dice("cast"), daysBefore(s.now, 9, 4, 12)
	w.WriteString("# Kittiwake KW-9 9-0412 firmware 4.2.0\r\n# time pressure_dbar temperature_C conductivity_S/m salinity\r\n")
	for i := range 450 {
		depth := float64(2 * i)
		temperature := 4.1 + 9/(1+depth/120) + throw.Float64()/200
		fmt.Fprintf(&w, "%s %8.2f %7.4f %8.5f %7.3f\r\n", stamp(at), depth*1.009, temperature, 2.9+temperature/11, 35.142-depth/9000+throw.Float64()/1000)
		at = at.Add(1500 * time.Millisecond)
	}
	return []byte(w.String())
}
