package vaulttest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// text returns n bytes in which no part stands for another: parts that are
// missing, doubled or swapped show. The characters are of one to four bytes, so
// that a cut at a fixed place meets the middle of some.
func text(n int) string {
	letters := []rune("aé密\U0001F511\"\\ \n")
	random := rand.New(rand.NewPCG(uint64(n), 1))
	var b strings.Builder
	for b.Len() < n {
		b.WriteRune(letters[random.IntN(len(letters))])
	}
	s := b.String()
	if len(s) == n {
		return s
	}
	// The last character was too long: ASCII takes its place.
	short := strings.ToValidUTF8(s[:n], "")
	return short + strings.Repeat("z", n-len(short))
}

func everySize(t *testing.T, f fixture) {
	const item = secret.MaxStored
	key := f.key(t, "")
	for _, n := range []int{
		1, 2, 3, item - 1, item, item + 1, 2*item - 3, 2 * item, 2*item + 1, 10_007, f.limit - 1, f.limit,
	} {
		value := text(n)
		if len(value) != n {
			t.Fatalf("the test made %d bytes, want %d", len(value), n)
		}
		f.put(t, key, value)
		f.holds(t, key, value)
	}
	f.put(t, key, strings.Repeat(" ", 3*item)) // chunks that a careless store trims
	f.holds(t, key, strings.Repeat(" ", 3*item))
}

func longerAndShorter(t *testing.T, f fixture) {
	key, next := f.key(t, "a"), f.key(t, "b")
	f.put(t, next, "a neighbour")
	for i, n := range []int{9000, 1, 30_000, 4000, 4000, 7, 12_345} {
		value := fmt.Sprint(i, text(n))
		f.put(t, key, value)
		f.holds(t, key, value)
	}
	f.holds(t, next, "a neighbour")
	if err := f.vault.Delete(t.Context(), key); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	f.holds(t, next, "a neighbour")
	_, err := f.vault.Get(t.Context(), key)
	refused(t, "Get after Delete", err, secret.ErrNotFound, "")
}
