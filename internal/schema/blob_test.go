package schema_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

const sumAt, summed = 8, 8 + sha256.Size

// stored returns a model as it is stored.
func stored(t testing.TB, m *schema.Model) []byte {
	t.Helper()
	blob, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func TestLoad(t *testing.T) {
	t.Parallel()
	m := parse(t, every(t))
	blob := stored(t, m)
	loaded, err := schema.Load(blob)
	if err != nil {
		t.Fatal(err)
	}
	want := answers(m)
	clear(blob) // a model does not need what it was loaded from
	if got := answers(loaded); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !bytes.Equal(stored(t, loaded), stored(t, m)) {
		t.Error("a model that was loaded is stored otherwise")
	}
	if again := parse(t, every(t)); !bytes.Equal(stored(t, again), stored(t, m)) {
		t.Error("the same document makes another model")
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	blob := stored(t, parse(t, every(t)))
	for i := range blob {
		damaged := bytes.Clone(blob)
		damaged[i] ^= 0x10
		if _, err := schema.Load(damaged); err == nil {
			t.Fatalf("byte %d of %d was changed, and nobody saw it", i, len(blob))
		}
	}
	for n := range blob {
		if _, err := schema.Load(blob[:n]); err == nil {
			t.Fatalf("%d of %d bytes are taken as a model", n, len(blob))
		}
	}
	other := bytes.Clone(blob)
	other[7]++
	if _, err := schema.Load(other); err == nil || !strings.Contains(err.Error(), "form 2, this program reads form 1") {
		t.Errorf("got %v", err)
	}
	if _, err := schema.Load(make([]byte, 33<<20)); err == nil || !strings.Contains(err.Error(), "more than 32 MiB") {
		t.Errorf("got %v", err)
	}
}

// forge makes the checksum of a blob right again, if there is one.
func forge(blob []byte) []byte {
	if len(blob) > summed {
		sum := sha256.Sum256(blob[summed:])
		copy(blob[sumAt:], sum[:])
	}
	return blob
}
