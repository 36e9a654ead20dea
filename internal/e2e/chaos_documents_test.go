package e2e

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

const kindDocx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// damagedDocument answers for a document that nobody can read, or not without harm. There is no other at its path.
func damagedDocument() trouble {
	return trouble{name: "a damaged document", act: func(s *spoiled) {
		all := damagedDocuments()
		s.reply(200, all[s.dice.IntN(len(all))](s.dice), "Content-Type", kindDocx)
	}}
}

func damagedDocuments() []func(dice *rand.Rand) string {
	return []func(dice *rand.Rand) string{
		func(*rand.Rand) string { return "" },
		func(*rand.Rand) string { return portal },
		func(*rand.Rand) string { return "PK\x03\x04" + strings.Repeat("\xff\x00", 2000) },
		func(dice *rand.Rand) string { // cut
			whole := goodDocument()
			return whole[:dice.IntN(len(whole))]
		},
		func(dice *rand.Rand) string { // some of its bytes are others
			damaged := []byte(goodDocument())
			for range 1 + dice.IntN(20) {
				damaged[dice.IntN(len(damaged))] ^= byte(1 + dice.IntN(255))
			}
			return string(damaged)
		},
		func(*rand.Rand) string {
			return packed(map[string]string{"../../../etc/passwd": "x", "word/media": "x"})
		},
		func(*rand.Rand) string { // deep
			return packed(map[string]string{"word/document.xml": "<w:document><w:body>" + strings.Repeat("<w:p>", 200_000)})
		},
		func(*rand.Rand) string { // entities of entities
			return packed(map[string]string{"word/document.xml": `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><d>&b;&c;</d>`})
		},
		func(*rand.Rand) string { return documentBomb() },
		func(*rand.Rand) string { return liar() },
	}
}

// documentBomb is of 128 MiB, packed: one block after the other, as each unpacks alike.
var documentBomb = sync.OnceValue(func() string {
	var block bytes.Buffer
	z, _ := flate.NewWriter(&block, flate.BestSpeed) // fails for other levels alone
	_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = z.Flush()
	return rawDocument(strings.Repeat(block.String(), 128)+"\x03\x00", 128<<20)
})

func goodDocument() string {
	return packed(map[string]string{"[Content_Types].xml": "<Types/>", "word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` +
		strings.Repeat("<w:p><w:r><w:t>Tide tables of the harbour.</w:t></w:r></w:p>", 50) + "</w:body></w:document>"})
}

// packed is an archive of files, by name.
func packed(files map[string]string) string {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range []string{"[Content_Types].xml", "word/document.xml", "../../../etc/passwd", "word/media"} {
		text, there := files[name]
		if !there {
			continue
		}
		if w, err := z.Create(name); err == nil { // nothing fails in memory
			_, _ = w.Write([]byte(text))
		}
	}
	_ = z.Close()
	return out.String()
}

// liar is a document that is said to be small.
func liar() string { return rawDocument("\x01\x00\x00\xff\xff", 1) }

// rawDocument is an archive with a file that is packed already, and of another sum.
func rawDocument(deflated string, size uint64) string {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "word/document.xml", Method: zip.Deflate, CRC32: 7, CompressedSize64: uint64(len(deflated)), UncompressedSize64: size})
	if err == nil {
		_, _ = io.WriteString(w, deflated)
	}
	_ = z.Close()
	return out.String()
}

// chaosDocuments reads a document that is damaged. Whatever comes of it, it comes soon, and in words.
func chaosDocuments(ctx context.Context, e *chaosErrand) {
	e.call(ctx, "read_document", map[string]any{"path": "/users/" + sandbox.MemberUPN + "/drive/root:/Chaos/" + e.mark + ".docx:/content"})
}
