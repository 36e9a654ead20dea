package entrasim

import "github.com/golang-jwt/jwt/v5"

// apiClaims are those of an access token in the v2.0 format, which APIs get that ask for it in their registration
// (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type apiClaims struct {
	jwt.RegisteredClaims
	Audience     string   `json:"aud"`
	AIO          string   `json:"aio"`
	Client       string   `json:"azp"`
	ClientACR    string   `json:"azpacr"`
	IdentityType string   `json:"idtyp,omitempty"`
	Name         string   `json:"name,omitempty"`
	ObjectID     string   `json:"oid"`
	Preferred    string   `json:"preferred_username,omitempty"`
	RH           string   `json:"rh"`
	Roles        []string `json:"roles,omitempty"`
	Scopes       string   `json:"scp,omitempty"`
	TenantID     string   `json:"tid"`
	UniqueID     string   `json:"uti"`
	Version      string   `json:"ver"`
	Capabilities []string `json:"xms_cc,omitempty"`
}

// version2 says the same in the v2.0 format. The audience is the app ID there, however the API was named, and who the
// person is called only with the scope profile.
func (c claims) version2(t ticket) apiClaims {
	a := apiClaims{
		RegisteredClaims: c.RegisteredClaims, Audience: t.resource.AppID, AIO: c.AIO, Client: c.AppID, ClientACR: c.AppIDACR,
		ObjectID: c.ObjectID, RH: c.RH, Roles: c.Roles, Scopes: c.Scopes, TenantID: c.TenantID, UniqueID: c.UniqueID, Version: "2.0",
		Capabilities: c.Capabilities,
	}
	a.Issuer = "https://" + t.host + "/" + c.TenantID + "/v2.0"
	if t.resource.IdentityType && c.IdentityType == "app" {
		a.IdentityType = c.IdentityType
	}
	if t.profile {
		a.Name, a.Preferred = c.Name, c.UPN
	}
	return a
}
