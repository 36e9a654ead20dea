package entra

import (
	"encoding/asn1"
	"math/big"
)

// The most that opening a file may cost: seconds, and 256 MiB. OpenSSL makes files of 2,048 rounds, and with scrypt of
// 16 MiB; people who want more take some 600,000 rounds.
const (
	maxRounds    = 5_000_000
	maxScryptMem = 256 << 20
	maxScryptPar = 16
	maxDepth     = 32
)

// costs reports whether DER asks for more work than can be meant to derive a key from the password. A single wrong
// bit in the number of rounds keeps a processor busy for hours, and the libraries set no bound.
//
// It looks for a salt (an octet string) with numbers behind it, wherever that is: PBES2 (RFC 8018, appendix A.2),
// scrypt (RFC 7914, section 7), and the MAC and the ciphers of PKCS #12 (RFC 7292, section 4 and appendix C).
func costs(der []byte, depth int) bool {
	if depth > maxDepth {
		return true
	}
	salted := false
	var numbers []*big.Int
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			break // the libraries get no further either
		}
		der = rest
		octets := v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString
		switch {
		case salted && v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger:
			numbers = append(numbers, new(big.Int).SetBytes(v.Bytes))
		case octets, v.IsCompound:
			salted = octets
			if costs(v.Bytes, depth+1) {
				return true
			}
		}
	}
	return tooMuch(numbers)
}

// tooMuch judges the numbers behind a salt: rounds and perhaps the key's length, or scrypt's three.
func tooMuch(n []*big.Int) bool {
	if len(n) == 0 {
		return false
	}
	if !n[0].IsInt64() || n[0].Int64() > maxRounds {
		return true
	}
	if len(n) < 3 {
		return false
	}
	memory := new(big.Int).Mul(n[0], n[1])
	return memory.Cmp(big.NewInt(maxScryptMem/128)) > 0 || n[2].Cmp(big.NewInt(maxScryptPar)) > 0
}
