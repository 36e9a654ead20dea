package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// record is what is kept of a sign-in, in the vault and nowhere else: the refresh token, by which it goes on, and
// the access tokens of the moment, so that several processes of one profile renew once and not each.
type record struct {
	id         string // of the sign-in, new with each
	who        person
	homeID     string
	asked      []string // the profile's scopes at the last renewal
	scopes     []string // granted then
	refresh    secret.Text
	access     map[string]*token // by audience
	signedIn   time.Time
	generation int // counts the renewals since then
}

const recordVersion = 1

// storedRecord is a record as JSON.
type storedRecord struct {
	Version    int                    `json:"v"`
	ID         string                 `json:"id"`
	Authority  string                 `json:"authority"`
	ClientID   string                 `json:"client"`
	TenantID   string                 `json:"tenant"`
	Account    string                 `json:"account"`
	Name       string                 `json:"name,omitempty"`
	HomeID     string                 `json:"home"`
	Asked      []string               `json:"asked,omitempty"`
	Scopes     []string               `json:"scopes,omitempty"`
	Refresh    string                 `json:"refresh"`
	Access     map[string]storedToken `json:"access,omitempty"`
	SignedIn   int64                  `json:"since"` // Unix seconds
	Generation int                    `json:"n"`
}

type storedToken struct {
	Token   string `json:"t"`
	Claims  string `json:"claims,omitempty"`
	Renew   int64  `json:"renew"` // Unix milliseconds, as the others
	Stop    int64  `json:"stop"`
	Expires int64  `json:"exp"`
}

// encode writes r for the vault. Tokens that have expired are left out.
func (u *User) encode(r *record) (secret.Text, error) {
	s := storedRecord{
		Version: recordVersion, ID: r.id, Asked: r.asked, Authority: u.cloud.origin, ClientID: u.config.ClientID, TenantID: r.who.tenantID,
		Account: r.who.account, Name: r.who.name, HomeID: r.homeID, Scopes: r.scopes, Refresh: r.refresh.Reveal(),
		SignedIn: r.signedIn.Unix(), Generation: r.generation, Access: map[string]storedToken{},
	}
	for audience, t := range r.access {
		if u.now().Before(t.expires) {
			s.Access[audience] = storedToken{Token: t.value.Reveal(), Claims: t.claims,
				Renew: t.renew.UnixMilli(), Stop: t.stop.UnixMilli(), Expires: t.expires.UnixMilli()}
		}
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return secret.Text{}, errors.New("the sign-in cannot be written as JSON")
	}
	return secret.NewText(string(raw)), nil
}

// decode reads what encode wrote. A record of another app, authority or account than the profile's is not used: the
// profile was changed since, or another configuration has one of the same name.
func (u *User) decode(text secret.Text) (*record, *Error) {
	var s storedRecord
	if json.Unmarshal([]byte(text.Reveal()), &s) != nil || s.ID == "" || s.Refresh == "" || s.HomeID == "" {
		return nil, u.unsigned("the sign-in that is stored for profile " + u.config.Profile + " cannot be read")
	}
	r := &record{
		id: s.ID, asked: s.Asked,
		who:    person{tenantID: s.TenantID, account: s.Account, name: s.Name},
		homeID: s.HomeID, scopes: s.Scopes, refresh: secret.NewText(s.Refresh), access: map[string]*token{},
		signedIn: time.Unix(s.SignedIn, 0), generation: s.Generation,
	}
	if s.Version > recordVersion {
		return nil, u.config.newError("the stored sign-in was made by a newer version of this program", "update this program, or sign in again: {login}")
	}
	if s.Authority != u.cloud.origin || s.ClientID != u.config.ClientID {
		return nil, u.unsigned("the stored sign-in is of another app or cloud than profile " + u.config.Profile + " has now")
	}
	if err := u.checkPerson(r.who); err != nil {
		return nil, u.unsigned("the stored sign-in does not fit the profile any more: " + err.Message)
	}
	for audience, t := range s.Access {
		r.access[audience] = &token{value: secret.NewText(t.Token), claims: t.Claims,
			renew: time.UnixMilli(t.Renew), stop: time.UnixMilli(t.Stop), expires: time.UnixMilli(t.Expires)}
	}
	return r, nil
}

// stored returns the access token of r that answers n and is not due for renewal, or nil.
func (u *User) stored(r *record, n need) *token {
	t, now := r.access[n.audience], u.now()
	if u.isMain(n.audience) && !slices.Equal(r.asked, u.config.Scopes) {
		return nil // the profile asks for other permissions now
	}
	if t.suits(Request{Claims: n.claims, Rejected: n.refused.Reveal()}) && now.Before(t.renew) && plausible(t, now) {
		return t
	}
	return nil
}

// plausible reports whether a stored token's times can be true. A clock that was set back since would make it look
// good for ever.
func plausible(t *token, now time.Time) bool {
	const longest = 28 * time.Hour // what continuous access evaluation gives at most
	return t.expires.Sub(now) <= longest+time.Hour
}

// Format writes nothing of the record, whatever the verb.
func (r *record) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "a sign-in") }
