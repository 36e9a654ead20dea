package document

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

// FuzzExtract is whatever anybody makes us read, as far as the choice of its reader; the readers have their own.
func FuzzExtract(f *testing.F) {
	f.Add(compoundOf("EncryptedPackage", "x"))
	f.Add(compoundOf("__properties_version1.0"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("From: a@b\nTo: c@d\nSubject: e\n\ntext"))
	f.Add([]byte("<html><p>text"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := File{Data: data}
		kind := detect(file)
		readingtest.Sound(t, file, kind.name, kind.read)
	})
}
