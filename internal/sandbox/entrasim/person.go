package entrasim

import "strings"

// Standing is what becomes of a person who signs in. The zero value is Welcome.
type Standing int

// The standings.
const (
	Welcome    Standing = iota
	Disabled            // the account is: AADSTS50057
	Blocked             // by Conditional Access: AADSTS53003
	Unapproved          // an administrator has to consent to everything: AADSTS90094
	Stranger            // the account is another tenant's, and no guest here: AADSTS50020
	Personal            // the account is Microsoft's, not the tenant's
)

// Person is somebody who may sign in, or may try.
type Person struct {
	ObjectID, UPN, Name, GivenName, Surname string
	Admin                                   bool // may consent to what others may not
	Listed                                  bool // among the accounts to choose from, not only found by name
	Standing                                Standing
}

// people finds persons.
type people struct {
	all      []*Person
	byUPN    map[string]*Person // lower case
	byObject map[string]*Person
}

func newPeople(list []Person) people {
	p := people{byUPN: make(map[string]*Person, len(list)), byObject: make(map[string]*Person, len(list))}
	for i := range list {
		one := &list[i]
		p.all = append(p.all, one)
		p.byUPN[strings.ToLower(one.UPN)], p.byObject[one.ObjectID] = one, one
	}
	return p
}

// named returns nil where nobody has the name.
func (p people) named(upn string) *Person { return p.byUPN[strings.ToLower(strings.TrimSpace(upn))] }

// tenantOf returns the tenant that a person's tokens name.
func (e *Entra) tenantOf(p *Person) string {
	if p.Standing == Personal {
		return ConsumersTenantID
	}
	return e.tenantID
}

// admit refuses a person who may not sign in at an authority, or not at all. The words are those of the page that
// Entra shows: the app does not hear of them.
func (e *Entra) admit(p *Person, authority string) *refusal {
	switch {
	case authority == consumers && p.Standing != Personal:
		return refuse(invalidRequest, 50034, "The account '%s' does not exist in the directory of personal accounts.", p.UPN)
	case authority == organizations && p.Standing == Personal:
		return refuse(invalidRequest, 500200, "The account '%s' is a personal Microsoft account. Sign in with a work or school account.", p.UPN)
	case authority == e.tenantID && p.Standing == Personal:
		return refuse(invalidRequest, 50020, "The account '%s' from the identity provider 'live.com' does not exist in the tenant '%s' and cannot use the application there. "+
			"It has to be invited as a guest first.", p.UPN, e.tenantName)
	case p.Standing == Stranger:
		return refuse(invalidRequest, 50020, "The account '%s' from another organization does not exist in the tenant '%s' and cannot use the application there. "+
			"It has to be invited as a guest first.", p.UPN, e.tenantName)
	case p.Standing == Disabled:
		return refuse(invalidGrant, 50057, "The account '%s' is disabled.", p.UPN)
	case p.Standing == Blocked:
		return refuse(accessDenied, 53003, "Conditional Access has blocked the sign-in. You cannot use this from here.")
	}
	return nil
}
