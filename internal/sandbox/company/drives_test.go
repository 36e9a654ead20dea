package company

import "testing"

// The expected values follow from the algorithm's description by hand: eleven bits between bytes, the length
// in the last eight bytes.
func TestQuickXorHash(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ content, want string }{
		{"", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		{"J", "SgAAAAAAAAAAAAAAAQAAAAAAAAA="},
		{"\x01\x01", "AQgAAAAAAAAAAAAAAgAAAAAAAAA="},
		{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff", "AwAAAAAAAAAAAAAADwAAAAAAAPw="}, // the bits wrap around
	} {
		if got := quickXorHash([]byte(row.content)); got != row.want {
			t.Errorf("hash of %q = %s, want %s", row.content, got, row.want)
		}
	}
}
