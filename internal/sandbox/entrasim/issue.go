package entrasim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// backdated is how far before its issuing a token begins to be good, so that clocks may differ.
const backdated = 5 * time.Minute

// makeKey makes the signing key; its ID looks like a certificate's thumbprint, as Entra's do.
func (e *Entra) makeKey() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the documentation of crypto/rand: it never fails
	}
	sum := sha1.Sum(key.N.Bytes())
	e.key, e.keyID = key, base64.RawURLEncoding.EncodeToString(sum[:])
	close(e.keyMade)
}

// claims are those of an app's access token in the v1.0 format, which Microsoft's own APIs get
// (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type claims struct {
	jwt.RegisteredClaims
	AIO               string   `json:"aio"`
	AppName           string   `json:"app_displayname,omitempty"`
	AppID             string   `json:"appid"`
	AppIDACR          string   `json:"appidacr"`
	IdentityProvider  string   `json:"idp"`
	IdentityType      string   `json:"idtyp"`
	ObjectID          string   `json:"oid"`
	RH                string   `json:"rh"`
	Roles             []string `json:"roles,omitempty"`
	TenantRegionScope string   `json:"tenant_region_scope"`
	TenantID          string   `json:"tid"`
	UniqueID          string   `json:"uti"`
	Version           string   `json:"ver"`
	WellKnownIDs      []string `json:"wids,omitempty"`
	Relation          string   `json:"xms_idrel"`
	TenantCreated     int64    `json:"xms_tcdt"`
	DirectoryBoundary string   `json:"xms_tdbr"`
}

// issue signs an access token for an app and returns it with its lifetime from now.
func (e *Entra) issue(app App, resource Resource, audience string) (string, time.Duration) {
	now := e.now().Truncate(time.Second)
	serial, lifetime := e.next()
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    "https://sts.windows.net/" + e.tenantID + "/",
			Subject:   app.ObjectID,
			IssuedAt:  jwt.NewNumericDate(now.Add(-backdated)),
			NotBefore: jwt.NewNumericDate(now.Add(-backdated)),
			ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
		},
		AIO: "k2" + rand.Text(), AppName: app.Name, AppID: app.ID, AppIDACR: "1",
		IdentityProvider: "https://sts.windows.net/" + e.tenantID + "/", IdentityType: "app", ObjectID: app.ObjectID,
		RH: "1." + rand.Text() + ".", Roles: app.Roles[resource.AppID], TenantRegionScope: "EU", TenantID: e.tenantID,
		UniqueID: uniqueID(serial), Version: "1.0", WellKnownIDs: []string{"0997a1d0-0d1d-4acb-b408-d5ca73121e90"},
		Relation: "7 10", TenantCreated: tenantCreated, DirectoryBoundary: "EU",
	}
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, withAudience{c, audience})
	<-e.keyMade
	t.Header["kid"], t.Header["x5t"] = e.keyID, e.keyID
	signed, err := t.SignedString(e.key)
	if err != nil {
		panic(err) // the claims are marshallable and the key fits the method
	}
	return signed, lifetime
}

// tenantCreated is when the tenant was made, in seconds since 1970.
const tenantCreated = 1363341600

// withAudience writes aud as one string, where the library would write a list.
type withAudience struct {
	claims
	Audience string `json:"aud"`
}

// next counts a token that is about to be issued.
func (e *Entra) next() (serial uint64, lifetime time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.issued++
	return e.issued, e.lifetime
}

// uniqueID makes the uti claim: the serial number, by which tokens are revoked, and noise.
func uniqueID(serial uint64) string {
	var b [16]byte
	rand.Read(b[8:])
	binary.BigEndian.PutUint64(b[:], serial)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// serialOf reads what uniqueID wrote; 0, which is always revoked, for anything else.
func serialOf(uti string) uint64 {
	b, err := base64.RawURLEncoding.DecodeString(uti)
	if err != nil || len(b) != 16 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}
