package entrasim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
)

// sealer makes opaque texts that only it can open, so that codes and refresh tokens are as large and as meaningless
// to a client as Entra's, and nothing has to be kept for each.
type sealer struct{ aead cipher.AEAD }

func newSealer() sealer {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has a right length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the block size that GCM needs
	}
	return sealer{aead}
}

// seal returns a value in at least that many bytes. The kind keeps what is sealed for one purpose from another.
func (s sealer) seal(kind string, value any, size int) []byte {
	inner, err := json.Marshal(value)
	if err != nil {
		panic(err) // only plain structs are sealed
	}
	plain := make([]byte, max(4+len(inner), size-s.aead.NonceSize()-s.aead.Overhead()))
	binary.BigEndian.PutUint32(plain, uint32(len(inner)))
	rand.Read(plain[4+copy(plain[4:], inner):])
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce)
	return s.aead.Seal(nonce, nonce, plain, []byte(kind))
}

// open reads what seal made, and reports whether it was.
func (s sealer) open(kind string, sealed []byte, value any) bool {
	if len(sealed) < s.aead.NonceSize() {
		return false
	}
	nonce, rest := sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():]
	plain, err := s.aead.Open(nil, nonce, rest, []byte(kind))
	if err != nil || len(plain) < 4 {
		return false
	}
	n := binary.BigEndian.Uint32(plain)
	return int(n) <= len(plain)-4 && json.Unmarshal(plain[4:4+n], value) == nil
}

// sealText seals for a URL or a form; the beginning is that of Entra's.
func (s sealer) sealText(kind string, value any, characters int) string {
	return "1.A" + base64.RawURLEncoding.EncodeToString(s.seal(kind, value, characters*3/4))
}

func (s sealer) openText(kind, text string, value any) bool {
	if len(text) < 3 || text[:3] != "1.A" {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text[3:])
	return err == nil && s.open(kind, sealed, value)
}
