package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// pdfCrypt decrypts the streams of a file that opens without a password (ISO 32000-2, 7.6): many that must not be
// printed or changed do. Strings are left as they are; none that is encrypted holds text of a page.
type pdfCrypt struct {
	key    []byte
	method pdfName // V2 (RC4), AESV2, AESV3 or Identity
}

// pdfPad completes passwords (algorithm 2).
const pdfPad = "\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a"

// openCrypt finds the file's key with the empty password, where the file is encrypted.
func (d *pdfFile) openCrypt() error {
	if d.trailer["Encrypt"] == nil {
		return nil
	}
	dict, _ := d.resolve(d.trailer["Encrypt"]).(pdfDict)
	if dict == nil {
		return nil // a dangling reference: most likely not encrypted
	}
	if filter, _ := d.resolve(dict["Filter"]).(pdfName); filter != "Standard" {
		return &reading.Error{Kind: reading.Encrypted, Format: "pdf", Detail: "by certificate or rights management, not by a password"}
	}
	c := &pdfCrypt{method: "V2"}
	version, _ := d.resolve(dict["V"]).(int)
	if version >= 4 {
		c.method = d.cryptMethod(dict)
	}
	var ok bool
	switch {
	case c.method == "Identity":
		ok = true
	case version == 5:
		c.key, ok = d.newKey(dict)
	case version >= 1 && version <= 4:
		c.key, ok = d.oldKey(dict, version)
	default:
		return &reading.Error{Kind: reading.Encrypted, Format: "pdf", Detail: "in a way that is not known here"}
	}
	if !ok {
		return &reading.Error{Kind: reading.Encrypted, Format: "pdf", Detail: "it opens with a password alone"}
	}
	d.crypt = c
	clear(d.packs)
	return nil
}

// cryptMethod looks up how streams are encrypted.
func (d *pdfFile) cryptMethod(dict pdfDict) pdfName {
	name, _ := d.resolve(dict["StmF"]).(pdfName)
	filters, _ := d.resolve(dict["CF"]).(pdfDict)
	filter, _ := d.resolve(filters[name]).(pdfDict)
	method, _ := d.resolve(filter["CFM"]).(pdfName)
	if name == "" || name == "Identity" || method == "None" || method == "" {
		return "Identity"
	}
	return method
}

func (d *pdfFile) cryptString(dict pdfDict, name pdfName, length int) []byte {
	s, _ := d.resolve(dict[name]).(pdfString)
	return append([]byte(s), make([]byte, length)...)[:length]
}

// oldKey is algorithm 2, and 6 for the check: RC4, and AES with 128 bits.
func (d *pdfFile) oldKey(dict pdfDict, version int) ([]byte, bool) {
	revision, _ := d.resolve(dict["R"]).(int)
	length, _ := d.resolve(dict["Length"]).(int)
	if version == 4 {
		length = 128
	}
	if version == 1 || revision == 2 || length < 40 || length > 128 {
		length = 40
	}
	permissions, _ := d.resolve(dict["P"]).(int)
	var id pdfString
	if ids, _ := d.resolve(d.trailer["ID"]).(pdfArray); len(ids) > 0 {
		id, _ = d.resolve(ids[0]).(pdfString)
	}
	sum := md5.New()
	sum.Write([]byte(pdfPad))
	sum.Write(d.cryptString(dict, "O", 32))
	sum.Write([]byte{byte(permissions), byte(permissions >> 8), byte(permissions >> 16), byte(permissions >> 24)})
	sum.Write([]byte(id))
	if metadata, isBool := d.resolve(dict["EncryptMetadata"]).(bool); isBool && !metadata && revision >= 4 {
		sum.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	key := sum.Sum(nil)[:length/8]
	if revision >= 3 {
		for range 50 {
			again := md5.Sum(key)
			key = again[:length/8]
		}
	}
	u := d.cryptString(dict, "U", 32)
	if revision < 3 {
		return key, bytes.Equal(rc4Bytes(key, []byte(pdfPad)), u)
	}
	first := md5.Sum(append([]byte(pdfPad), id...))
	check := first[:]
	for i := range 20 {
		turned := bytes.Clone(key)
		for j := range turned {
			turned[j] ^= byte(i)
		}
		check = rc4Bytes(turned, check)
	}
	return key, bytes.Equal(check, u[:16])
}

func rc4Bytes(key, data []byte) []byte {
	out := make([]byte, len(data))
	if c, err := rc4.NewCipher(key); err == nil {
		c.XORKeyStream(out, data)
	}
	return out
}

// newKey is algorithm 2.A with the empty user password: AES with 256 bits, of the extension level 3 (revision 5) and
// of PDF 2.0 (revision 6).
func (d *pdfFile) newKey(dict pdfDict) ([]byte, bool) {
	revision, _ := d.resolve(dict["R"]).(int)
	u, ue := d.cryptString(dict, "U", 48), d.cryptString(dict, "UE", 32)
	hash := func(salt []byte) []byte {
		first := sha256.Sum256(salt)
		if revision < 6 {
			return first[:]
		}
		return hardHash(first[:])
	}
	if !bytes.Equal(hash(u[32:40]), u[:32]) {
		return nil, false
	}
	block, err := aes.NewCipher(hash(u[40:48]))
	if err != nil {
		return nil, false
	}
	key := make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(key, ue)
	return key, true
}

// hardHash is algorithm 2.B for the empty password.
func hardHash(k []byte) []byte {
	for round := 0; ; round++ {
		k1 := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(k1, k1)
		remainder := 0
		for _, b := range k1[:16] { // the first 16 bytes as a number, modulo 3: 256 is 1 modulo 3
			remainder += int(b)
		}
		switch remainder % 3 {
		case 0:
			sum := sha256.Sum256(k1)
			k = sum[:]
		case 1:
			sum := sha512.Sum384(k1)
			k = sum[:]
		default:
			sum := sha512.Sum512(k1)
			k = sum[:]
		}
		if round >= 63 && int(k1[len(k1)-1]) <= round-31 {
			return k[:32]
		}
	}
}

// decrypt gives a stream's bytes as they were before encryption. Cross-reference streams never are encrypted, nor is
// what says so itself.
func (d *pdfFile) decrypt(s *pdfStream) []byte {
	c := d.crypt
	if c == nil || c.method == "Identity" || s.owner.number <= 0 || s.dict["Type"] == pdfName("XRef") {
		return s.raw
	}
	if filters := d.list(s.dict, "Filter", "F"); len(filters) > 0 && d.resolve(filters[0]) == any(pdfName("Crypt")) {
		return s.raw
	}
	if !d.meter.spend(len(s.raw)) {
		return nil
	}
	key := c.key
	if c.method != "AESV3" { // algorithm 1
		n, g := s.owner.number, s.owner.generation
		seed := append(bytes.Clone(key), byte(n), byte(n>>8), byte(n>>16), byte(g), byte(g>>8))
		if c.method == "AESV2" {
			seed = append(seed, "sAlT"...)
		}
		sum := md5.Sum(seed)
		key = sum[:min(len(c.key)+5, 16)]
	}
	if c.method == "V2" {
		return rc4Bytes(key, s.raw)
	}
	return decryptCBC(key, s.raw)
}

func decryptCBC(key, data []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil || len(data) < 2*aes.BlockSize {
		return nil
	}
	iv, body := data[:aes.BlockSize], data[aes.BlockSize:]
	body = bytes.Clone(body[:len(body)/aes.BlockSize*aes.BlockSize])
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(body, body)
	if pad := int(body[len(body)-1]); pad >= 1 && pad <= aes.BlockSize {
		body = body[:len(body)-pad]
	}
	return body
}
