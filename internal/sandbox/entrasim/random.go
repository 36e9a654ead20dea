package entrasim

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// newGUID returns a random GUID (RFC 9562, version 4).
func newGUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// isGUID reports whether s is written as a GUID, of any version.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
				return false
			}
		}
	}
	return true
}

// newSecret makes a client secret as long as Entra's. It holds characters that Entra's secrets had in the
// past and that break a client which forgets to encode them.
func newSecret() string {
	s := rand.Text() + rand.Text()
	return s[:9] + "8Q~+/" + s[9:23] + "%=:" + s[23:33] + "._-" + s[33:39]
}
