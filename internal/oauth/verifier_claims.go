package oauth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const maxShown = 200 // runes of a name

// tokenClaims are what a token says of itself.
type tokenClaims struct {
	jwt.RegisteredClaims
	version, tenant, object, client string
	account, name                   string
	scopes, roles                   []string
	kind                            string // idtyp: "app" where the app acts as itself
	bound                           bool   // to a key that whoever sends the token has to prove (RFC 7800)
	looksLikeID                     bool
}

// UnmarshalJSON reads the claims by their exact names, each once: encoding/json takes Tid for tid and the last of two,
// and another reader of the same token might take the first.
func (c *tokenClaims) UnmarshalJSON(data []byte) error {
	o, err := readObject(data)
	if err != nil {
		return err
	}
	c.Issuer, c.version, c.tenant, c.object = o.text("iss"), o.text("ver"), o.text("tid"), o.text("oid")
	c.client, c.account, c.name, c.kind = o.text("azp"), o.text("preferred_username"), o.text("name"), o.text("idtyp")
	c.Audience = jwt.ClaimStrings{o.text("aud")}
	c.ExpiresAt, c.NotBefore = o.time("exp"), o.time("nbf")
	c.scopes, c.roles = strings.Fields(o.text("scp")), o.texts("roles")
	c.bound = o.has("cnf")
	// An ID token has the client as its audience, and neither an app that it was issued to nor permissions.
	c.looksLikeID = !o.has("azp") && !o.has("appid") && !o.has("scp") && !o.has("idtyp") && (o.has("nonce") || o.has("at_hash") || o.has("c_hash"))
	return o.problem
}

// checkKind tells people from apps. An app's token without idtyp could only be told by what it lacks, and is refused.
func (c tokenClaims) checkKind() error {
	switch {
	case c.kind == "app" && len(c.scopes) > 0, c.kind != "app" && c.kind != "user" && c.kind != "":
		return refuse("the access token is neither a person's nor an app's", "get a new token from Microsoft Entra")
	case c.kind == "app" && len(c.roles) == 0:
		return insufficient("the app has no role here", "have an administrator grant it an app role of the registration that stands for this server", "")
	case c.kind != "app" && len(c.scopes) == 0 && len(c.roles) > 0:
		return refuse("the access token seems to be an app's, but does not say so", "add the optional claim idtyp to access tokens, in the token configuration of the app registration that stands for this server")
	case c.kind != "app" && len(c.scopes) == 0:
		return insufficient("the access token has no scope", "ask for a scope of this server", "")
	}
	return nil
}

func (c tokenClaims) claims() Claims {
	return Claims{
		TenantID: c.tenant, ObjectID: strings.ToLower(c.object), ClientID: strings.ToLower(c.client),
		Account: printable(c.account, maxShown), Name: printable(c.name, maxShown),
		Scopes: c.scopes, Roles: c.roles, App: c.kind == "app", Expires: c.ExpiresAt.Time,
	}
}

// checkHead refuses a token by its header: one that is ambiguous, that is of another kind (RFC 8725, section 3.11), or
// that has to be understood in a way that we do not (RFC 7515, section 4.1.11). A key that the header brings or names
// the place of (jwk, jku, x5c, x5u) is not looked at.
func checkHead(token string) error {
	head, _, _ := strings.Cut(token, ".")
	data, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return malformed()
	}
	o, err := readObject(data)
	switch {
	case err != nil:
		return malformed()
	case o.has("nonce"):
		return refuse("the access token is for Microsoft Graph, not for this server", "get a token for this server")
	case o.text("typ") != "JWT" || o.text("alg") != "RS256" || o.text("kid") == "" || len(o.text("kid")) > maxKeyID || o.has("crit"):
		return refuse("the access token is of a kind that Microsoft Entra does not issue", "send what Microsoft Entra returned as access_token, as it is")
	}
	return nil
}

// object is a JSON object as it was written.
type object struct {
	members map[string]json.RawMessage
	problem error // the first member that was not what it has to be
}

var errMember = errors.New("a member is repeated, or not of its type")

// readObject reads data, which is one object and nothing else, in which no name is repeated.
func readObject(data []byte) (*object, error) {
	o := &object{members: map[string]json.RawMessage{}}
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errMember
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errMember
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errMember
		}
		text, _ := name.(string)
		if _, twice := o.members[text]; twice {
			return nil, errMember
		}
		o.members[text] = value
	}
	if _, err := d.Token(); err != nil || len(bytes.TrimSpace(data[d.InputOffset():])) > 0 {
		return nil, errMember
	}
	return o, nil
}

func (o *object) has(name string) bool { return o.members[name] != nil }

// read reads a member into target, if it is there. A null is none of its types.
func (o *object) read(name string, target any) {
	value := o.members[name]
	if value == nil {
		return
	}
	if bytes.Equal(value, []byte("null")) || json.Unmarshal(value, target) != nil {
		o.problem = errMember
	}
}

func (o *object) text(name string) (text string) {
	o.read(name, &text)
	return text
}

func (o *object) texts(name string) (texts []string) {
	o.read(name, &texts)
	return texts
}

// time reads a number of whole seconds, as Entra writes them.
func (o *object) time(name string) *jwt.NumericDate {
	if !o.has(name) {
		return nil
	}
	var seconds int64
	if o.read(name, &seconds); seconds <= 0 || seconds > 1<<40 {
		o.problem = errMember
	}
	return &jwt.NumericDate{Time: time.Unix(seconds, 0)}
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20 // in lower case
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if s[i] != '-' {
				return false
			}
		case (c < 'a' || c > 'f') && (s[i] < '0' || s[i] > '9'):
			return false
		}
	}
	return true
}

// isGraph reports whether an audience is Microsoft Graph, in any cloud.
func isGraph(audience string) bool {
	switch strings.TrimSuffix(strings.ToLower(audience), "/") {
	case "00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com", "https://graph.microsoft.us",
		"https://dod-graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn":
		return true
	}
	return false
}
