package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// How long certificates are good, before and after the start: longer than any test or demonstration, short enough
// to be worthless where one is left behind.
const (
	goodBefore = 24 * time.Hour
	goodAfter  = 30 * 24 * time.Hour
)

// newCertificates makes a certificate authority and one certificate for loopback and the further names. The
// authority's key is forgotten with the return, so that nothing else can be signed.
func newCertificates(now time.Time, names []string) (ca []byte, leaf tls.Certificate, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	authority := template(now, "microsoft-mcp-server sandbox authority")
	authority.IsCA, authority.MaxPathLenZero = true, true
	authority.KeyUsage = x509.KeyUsageCertSign
	caDER, err := x509.CreateCertificate(rand.Reader, authority, authority, caKey.Public(), caKey)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	if authority, err = x509.ParseCertificate(caDER); err != nil { // it has the key's identifier now
		return nil, tls.Certificate{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leafTemplate(now, names), authority, key.Public(), caKey)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	return ca, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func leafTemplate(now time.Time, names []string) *x509.Certificate {
	c := template(now, "microsoft-mcp-server sandbox")
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	c.DNSNames = append([]string{"localhost"}, names...)
	return c
}

func template(now time.Time, name string) *x509.Certificate {
	serial := make([]byte, 16)
	rand.Read(serial)
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-goodBefore), NotAfter: now.Add(goodAfter), BasicConstraintsValid: true,
	}
}
