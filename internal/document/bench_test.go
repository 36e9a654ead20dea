package document_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/files"
	"github.com/sapientsai/microsoft-mcp-server/internal/document"
)

// BenchmarkExtract takes the text out of a document of each kind. The bytes are those of the unpacked file.
func BenchmarkExtract(b *testing.B) {
	for _, f := range files.All() {
		b.Run(f.Kind(), func(b *testing.B) {
			b.SetBytes(int64(f.Plain))
			b.ReportAllocs()
			for b.Loop() {
				text, err := document.Extract(b.Context(), document.File{Name: f.Name, ContentType: f.ContentType, Data: f.Data})
				if err != nil || text.Format != f.Kind() || len(text.Body) < 50_000 {
					b.Fatalf("%v: %d characters of %s", err, len(text.Body), text.Format)
				}
			}
			if f.Parts > 0 {
				b.ReportMetric(float64(f.Parts)*float64(b.N)/b.Elapsed().Seconds(), f.PartName+"/s")
			}
		})
	}
}

// BenchmarkPlainHTML is the body of a mail, of which each call for ten has ten.
func BenchmarkPlainHTML(b *testing.B) {
	source := "<html><head><style>p{margin:0}</style></head><body>" +
		strings.Repeat(`<div style="font-size: 12pt"><p>Hello <b>Ada</b>,&nbsp;the <a href="https://example.com/?a=1&amp;b=2">figures</a> are below.<br></p></div>`+"\r\n", 100) + "</body></html>"
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if document.PlainHTML(source) == "" {
			b.Fatal("no text")
		}
	}
}
