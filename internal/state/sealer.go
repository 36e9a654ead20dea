package state

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// A sealed value is a version, the ID of the key, a salt, and what AES-256-GCM made of the plain text, with the version,
// the ID and the binding as its additional data. Each value has an AES key and a nonce of its own, derived from the
// salt: 24 random bytes do not repeat however many replicas seal for however long, as the 12 of a nonce would.
const (
	sealedVersion = 1
	idSize        = 4
	saltSize      = 24
	sealedHead    = 1 + idSize
	sealedExtra   = sealedHead + saltSize + 16 // what sealing adds

	keySize   = 32
	maxKeys   = 16
	maxSealed = 2 << 20
)

// errSealed says no more than this: whoever tries values learns nothing from how they fail.
var errSealed = errors.New("what was stored does not open: it was changed, or sealed by a key that this server does not have, or for something else")

// Sealer keeps values from being read or changed by whoever holds the store. It does not print its keys. It is immutable
// and may be used from many goroutines. [NewSealer] and [RandomSealer] make one.
type Sealer struct {
	// Closures, because fmt reads unexported fields by reflection: a struct that holds a Sealer would print its keys.
	current func() root
	find    func(id [idSize]byte) (root, bool)
}

// root is what all keys of a sealing key are derived from.
type root struct {
	id      [idSize]byte
	derived []byte // a pseudorandom key (RFC 5869, section 2.2)
}

// NewSealer returns a Sealer that seals by the first of keys, and opens what any of them has sealed: a new key is put
// before the old one, which goes when nothing that it sealed lives any more. Each has 32 random bytes. All replicas need
// the same.
func NewSealer(keys ...[]byte) (*Sealer, error) {
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, fmt.Errorf("%d keys to seal with: there have to be 1 to %d", len(keys), maxKeys)
	}
	var current root
	roots := make(map[[idSize]byte]root, len(keys))
	for i, key := range keys {
		r, err := newRoot(key)
		if err != nil {
			return nil, fmt.Errorf("key %d to seal with: %w", i+1, err)
		}
		if _, double := roots[r.id]; double {
			return nil, fmt.Errorf("key %d to seal with: it is the same as one before it", i+1)
		}
		roots[r.id] = r
		if i == 0 {
			current = r
		}
	}
	return &Sealer{
		current: func() root { return current },
		find:    func(id [idSize]byte) (root, bool) { r, known := roots[id]; return r, known },
	}, nil
}

// RandomSealer returns a Sealer with a key that nobody else has, for the memory of one process.
func RandomSealer() *Sealer {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	s, err := NewSealer(key)
	if err != nil {
		panic(err) // not with 32 random bytes
	}
	return s
}

func newRoot(key []byte) (root, error) {
	if len(key) != keySize {
		return root{}, fmt.Errorf("it has %d bytes, not %d; make one with: openssl rand -base64 32", len(key), keySize)
	}
	distinct := map[byte]bool{}
	for _, b := range key {
		distinct[b] = true
	}
	if len(distinct) < 8 { // of 32 random bytes, about 30 differ
		return root{}, errors.New("it is not random; make one with: openssl rand -base64 32")
	}
	derived, err := hkdf.Extract(sha256.New, key, []byte("microsoft-mcp-server state"))
	if err != nil {
		return root{}, err
	}
	r := root{derived: derived}
	copy(r.id[:], r.expand("id", idSize))
	return r, nil
}

// expand returns size bytes that only whoever has the key can know.
func (r root) expand(info string, size int) []byte {
	out, err := hkdf.Expand(sha256.New, r.derived, info, size)
	if err != nil {
		panic(err) // not for so few bytes
	}
	return out
}

// aead returns the cipher and the nonce of one value. The purpose's length comes first, so that no purpose and salt look
// like another's.
func (r root) aead(purpose string, salt []byte) (cipher.AEAD, []byte) {
	material := r.expand(fmt.Sprintf("seal %d %s %s", len(purpose), purpose, salt), keySize+12)
	block, err := aes.NewCipher(material[:keySize])
	if err != nil {
		panic(err) // not with 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // not with AES
	}
	return aead, material[keySize:]
}

// Seal encrypts and authenticates plain. What is sealed for one purpose and binding opens for no other.
func (s *Sealer) Seal(purpose string, plain, binding []byte) []byte {
	r := s.current()
	sealed := make([]byte, 0, sealedExtra+len(plain))
	sealed = append(append(sealed, sealedVersion), r.id[:]...)
	sealed = sealed[:sealedHead+saltSize]
	salt := sealed[sealedHead:]
	_, _ = rand.Read(salt) // never fails
	aead, nonce := r.aead(purpose, salt)
	return aead.Seal(sealed, nonce, plain, bound(sealed, binding))
}

// Open returns what was sealed for this purpose and binding, by any of the Sealer's keys.
func (s *Sealer) Open(purpose string, sealed, binding []byte) ([]byte, error) {
	if len(sealed) < sealedExtra || len(sealed) > maxSealed || sealed[0] != sealedVersion {
		return nil, errSealed
	}
	r, known := s.find([idSize]byte(sealed[1:sealedHead]))
	if !known {
		return nil, errSealed
	}
	aead, nonce := r.aead(purpose, sealed[sealedHead:sealedHead+saltSize])
	plain, err := aead.Open(nil, nonce, sealed[sealedHead+saltSize:], bound(sealed, binding))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// bound returns the additional data of a sealed value.
func bound(sealed, binding []byte) []byte {
	data := make([]byte, 0, sealedHead+len(binding))
	return append(append(data, sealed[:sealedHead]...), binding...)
}

// Key derives a key of its own for a purpose, from the first of the Sealer's keys: it changes with that.
func (s *Sealer) Key(purpose string) [32]byte {
	return [32]byte(s.current().expand("key "+purpose, 32))
}

// Format prints that it is a Sealer, whatever the verb and its flags.
func (s *Sealer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[sealer]") }
