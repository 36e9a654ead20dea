package company

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
)

// guid derives a GUID from a subject: a version 8 UUID (RFC 9562, section 5.8), so that it cannot be taken
// for a random one of somebody's real tenant.
func guid(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[0:8], u[0:4])
	hex.Encode(out[9:13], u[4:6])
	hex.Encode(out[14:18], u[6:8])
	hex.Encode(out[19:23], u[8:10])
	hex.Encode(out[24:36], u[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// outlookID is the id of an item or folder in a mailbox: URL-safe base64 that begins with the mailbox, 152
// characters for an item and 120 for a folder, as Exchange makes them.
func outlookID(mailbox, subject string, size int) string {
	sum := sha256.Sum256([]byte(mailbox + subject))
	raw := make([]byte, 0, size)
	raw = append(raw, 0, 3, 0x24, 0)
	raw = append(raw, mailbox...)
	raw = append(raw, 0, 0x46, 0, 0, 0, 0, 0)
	box := sha256.Sum256([]byte(mailbox))
	raw = append(raw, box[:22]...)
	raw = append(raw, 7, 0)
	for len(raw) < size-8 {
		raw = append(raw, sum[len(raw)%len(sum)])
	}
	return base64.URLEncoding.EncodeToString(append(raw, sum[:8]...))
}

const (
	itemBytes   = 113 // 152 characters, the last of them "=", which clients have to escape
	folderBytes = 90
)

// changeKey is the version of a mailbox item.
func changeKey(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return "CQAAABYAAAD" + base64.StdEncoding.EncodeToString(sum[:15])[:17] + "AAB" + base64.StdEncoding.EncodeToString(sum[20:23])
}

// driveID is "b!" and the ids of site, web and list, in base64.
func driveID(subject string) string {
	a, b := sha256.Sum256([]byte(subject)), sha256.Sum256([]byte(subject+" list"))
	return "b!" + base64.RawURLEncoding.EncodeToString(append(a[:], b[:16]...))
}

// driveItemID is 34 characters of base32 that begin with 01.
func driveItemID(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return "01" + base32.StdEncoding.EncodeToString(sum[:20])
}
