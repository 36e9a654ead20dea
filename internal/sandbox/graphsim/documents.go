package graphsim

import (
	"archive/zip"
	"bytes"
	"io"
	"path/filepath"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// documentText is what a file says: plain text as it is, Office documents without their markup, nothing for others.
func documentText(item *company.Item) string {
	var parts []string
	switch strings.ToLower(filepath.Ext(text(item.Entity, "name"))) {
	case ".docx":
		parts = []string{"word/document.xml"}
	case ".pptx":
		parts = []string{"ppt/slides/slide"}
	case ".xlsx":
		parts = []string{"xl/sharedStrings.xml", "xl/worksheets/sheet"}
	default:
		return contentText(item)
	}
	z, err := zip.NewReader(bytes.NewReader(item.Content), int64(len(item.Content)))
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, f := range z.File {
		for _, part := range parts {
			if strings.HasPrefix(f.Name, part) {
				b.WriteString(partText(f))
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

func partText(f *zip.File) string {
	const most = 1 << 20
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return ""
	}
	marked := strings.NewReplacer("</w:p>", "<br>", "</a:p>", "<br>", "</t>", "<br>", "</si>", "<br>").Replace(string(raw))
	return plainText(marked)
}
