package entrasim

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// backdated is how far before its issuing a token begins to be good, so that clocks may differ.
const backdated = 5 * time.Minute

// claims are those of an access token in the v1.0 format, which Microsoft's own APIs get
// (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type claims struct {
	jwt.RegisteredClaims
	AIO               string   `json:"aio"`
	Methods           []string `json:"amr,omitempty"`
	AppName           string   `json:"app_displayname,omitempty"`
	AppID             string   `json:"appid"`
	AppIDACR          string   `json:"appidacr"`
	FamilyName        string   `json:"family_name,omitempty"`
	GivenName         string   `json:"given_name,omitempty"`
	IdentityProvider  string   `json:"idp,omitempty"`
	IdentityType      string   `json:"idtyp"`
	Name              string   `json:"name,omitempty"`
	ObjectID          string   `json:"oid"`
	RH                string   `json:"rh"`
	Roles             []string `json:"roles,omitempty"`
	Scopes            string   `json:"scp,omitempty"`
	TenantRegionScope string   `json:"tenant_region_scope"`
	TenantID          string   `json:"tid"`
	UniqueName        string   `json:"unique_name,omitempty"`
	UPN               string   `json:"upn,omitempty"`
	UniqueID          string   `json:"uti"`
	Version           string   `json:"ver"`
	WellKnownIDs      []string `json:"wids,omitempty"`
	Capabilities      []string `json:"xms_cc,omitempty"`
	Relation          string   `json:"xms_idrel"`
	Resource          string   `json:"xms_mirid,omitempty"` // of a managed identity
	TenantCreated     int64    `json:"xms_tcdt"`
	DirectoryBoundary string   `json:"xms_tdbr"`
}

func (c claims) canBeChallenged() bool { return slices.Contains(c.Capabilities, "CP1") }

// ticket is what an access token is issued for.
type ticket struct {
	resource Resource
	audience string // as the client named the resource
	host     string // under which Entra was asked
	cloud    string // that of the host
	claims   requestedClaims

	profile, secondFactor bool // of a person
}

// issue signs an access token with what all of them have in common, and returns it with its lifetime from now.
func (e *Entra) issue(c claims, t ticket) (string, time.Duration) {
	c, lifetime := e.complete(c, t)
	if t.resource.Version2 {
		return e.sign(c.version2(t)), lifetime
	}
	return e.sign(withAudience{c, t.audience}), lifetime
}

func (e *Entra) complete(c claims, t ticket) (claims, time.Duration) {
	now := e.now().Truncate(time.Second)
	serial, lifetime := e.next()
	c.Issuer = "https://sts.windows.net/" + c.TenantID + "/"
	c.IssuedAt, c.NotBefore = jwt.NewNumericDate(now.Add(-backdated)), jwt.NewNumericDate(now.Add(-backdated))
	c.ExpiresAt = jwt.NewNumericDate(now.Add(lifetime))
	c.AIO, c.RH, c.TenantRegionScope, c.Version = "k2"+rand.Text(), "1."+rand.Text()+".", "EU", "1.0"
	c.TenantCreated, c.DirectoryBoundary = tenantCreated, "EU"
	c.UniqueID = tokenID{serial, t.claims.NotBefore, t.secondFactor, cloudMark(t.cloud)}.String()
	if t.claims.CanBeChallenged {
		c.Capabilities = []string{"CP1"}
	}
	return c, lifetime
}

// appClaims speak for an app; how is how it has proven itself: 1 with a secret, 2 with a certificate or by somebody
// else's word.
func (e *Entra) appClaims(app App, resource Resource, how string) claims {
	return claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: app.ObjectID}, AppName: app.Name, AppID: app.ID, AppIDACR: how,
		IdentityProvider: "https://sts.windows.net/" + e.tenantID + "/", IdentityType: "app", ObjectID: app.ObjectID,
		Roles: app.Roles[resource.AppID], TenantID: e.tenantID, WellKnownIDs: []string{"0997a1d0-0d1d-4acb-b408-d5ca73121e90"}, Relation: "7 10",
	}
}

// sign makes a JWT.
func (e *Entra) sign(c jwt.Claims) string {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	k := e.published()[0]
	t.Header["kid"], t.Header["x5t"] = k.id, k.id
	signed, err := t.SignedString(k.private)
	if err != nil {
		panic(err) // the claims are marshallable and the key fits the method
	}
	return e.secrets.add(signed)
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

// tokenID is what the uti claim holds: the serial number, by which tokens are revoked, the challenge that the token
// answers, whether the person has used a second factor, and a mark of the cloud in which it was issued.
type tokenID struct {
	serial       uint64
	notBefore    int64 // 39 bits
	secondFactor bool  // the bit above them
	cloud        [3]byte
}

const secondFactorBit = 1 << 39

func (id tokenID) String() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], id.serial)
	rest := uint64(id.notBefore)
	if id.secondFactor {
		rest |= secondFactorBit
	}
	copy(b[8:], binary.BigEndian.AppendUint64(nil, rest)[3:])
	copy(b[13:], id.cloud[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// readTokenID reads what String wrote; the zero value, which is always revoked, is in anything else.
func readTokenID(uti string) tokenID {
	b, err := base64.RawURLEncoding.DecodeString(uti)
	if err != nil || len(b) != 16 {
		return tokenID{}
	}
	id := tokenID{serial: binary.BigEndian.Uint64(b), cloud: [3]byte(b[13:])}
	rest := binary.BigEndian.Uint64(append([]byte{0, 0, 0}, b[8:13]...))
	id.notBefore, id.secondFactor = int64(rest&^secondFactorBit), rest&secondFactorBit != 0
	return id
}

func cloudMark(name string) [3]byte {
	sum := sha256.Sum256([]byte(name))
	return [3]byte(sum[:])
}
