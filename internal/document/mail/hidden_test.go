package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/html"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// A message whose text is hidden in part says so once.
func TestHiddenTextOfMailIsNoted(t *testing.T) {
	t.Parallel()
	head := "From: a@b.c\nDate: x\nSubject: s\nMIME-Version: 1.0\n"
	for name, row := range map[string]struct {
		file reading.File
		want []string
	}{
		"mail": {reading.File{Name: "a.eml", Data: []byte(head + "Content-Type: text/html\n\n<div style='font-size:0'>x</div>a")}, []string{html.VeiledNote}},
		"msg":  {reading.File{Data: msgFile(msgText(msgSubject, "s"), msgText(msgHTML, "<p style='visibility:hidden'>x</p>a"), msgFixed(32, nil))}, []string{html.VeiledNote}},
	} {
		got := body(t, row.file)
		if diff := cmp.Diff(row.want, got.Notes, cmpopts.EquateEmpty()); diff != "" || !strings.HasSuffix(got.Body, "a") {
			t.Errorf("%s: %q: %s", name, got.Body, diff)
		}
	}
}
