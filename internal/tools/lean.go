package tools

import (
	"bytes"
	"strings"
)

// leanString is how much of a long text a list shows of each of its elements; reading the element shows all.
const leanString = 2_000

// rare is a property that lists leave out unless $select names any: it costs a model much and tells it little, or
// says what another one says.
type rare uint8

const (
	notRare rare = iota
	changeKey
	conversationIndex
	internetMessageID
	iCalUID
	uid
	webLink
	cTag
	eTag
	fileSystemInfo
	contentBytes
	hashes
	personID // beside an address
	preferredLanguage
	phones      // of users
	bodyPreview // the beginning of the body
	sender      // mostly who the message is from
	mail        // mostly the name to sign in with
	givenName   // mostly a part of the display name
	rares
)

func (r rare) String() string {
	return [rares]string{"", "changeKey", "conversationIndex", "internetMessageId", "iCalUId", "uid", "webLink", "cTag", "eTag", "fileSystemInfo",
		"contentBytes", "hashes", "id of people with email", "preferredLanguage", "businessPhones, mobilePhone", "bodyPreview", "sender same as from", "mail same as userPrincipalName", "givenName, surname"}[r]
}

// rareOf knows a property by its name as it is written in JSON. What depends on its neighbours is not among those
// it knows.
func rareOf(key []byte) rare {
	switch string(key) {
	case `"changeKey"`:
		return changeKey
	case `"conversationIndex"`:
		return conversationIndex
	case `"internetMessageId"`:
		return internetMessageID
	case `"iCalUId"`:
		return iCalUID
	case `"uid"`:
		return uid
	case `"webLink"`:
		return webLink
	case `"cTag"`:
		return cTag
	case `"eTag"`:
		return eTag
	case `"fileSystemInfo"`:
		return fileSystemInfo
	case `"contentBytes"`:
		return contentBytes
	case `"preferredLanguage"`:
		return preferredLanguage
	}
	return notRare
}

// neighbours are the cells of one element that may repeat each other; the zero cell stands for none.
type neighbours struct {
	preview, body, sender, from, mail, principal, display, given, family, office, mobile cell
}

func (a *answer) neighbours() (n neighbours) {
	for _, c := range a.table.open() {
		switch string(a.table.names[c.column]) {
		case `"bodyPreview"`:
			n.preview = c
		case `"body"`:
			n.body = c
		case `"sender"`:
			n.sender = c
		case `"from"`:
			n.from = c
		case `"mail"`:
			n.mail = c
		case `"userPrincipalName"`:
			n.principal = c
		case `"displayName"`:
			n.display = c
		case `"givenName"`:
			n.given = c
		case `"surname"`:
			n.family = c
		case `"businessPhones"`:
			n.office = c
		case `"mobilePhone"`:
			n.mobile = c
		}
	}
	return n
}

// dropRepeats takes out of the element that is being written what another of its properties says.
func (a *answer) dropRepeats() {
	n := a.neighbours()
	value := func(c cell) []byte { return a.table.values[c.start:c.end] }
	if n.given.end > 0 && n.family.end > 0 && isNameOf(value(n.display), value(n.given), value(n.family)) {
		a.drop(givenName, n.given, n.family)
	}
	if !a.lean {
		return
	}
	if n.preview.end > 0 && n.body.end > 0 {
		a.drop(bodyPreview, n.preview)
	}
	if n.sender.end > 0 && bytes.Equal(value(n.sender), value(n.from)) {
		a.drop(sender, n.sender)
	}
	if n.principal.end == 0 { // no user
		return
	}
	if n.mail.end > 0 && bytes.EqualFold(value(n.mail), value(n.principal)) {
		a.drop(mail, n.mail)
	}
	for _, phone := range []cell{n.office, n.mobile} {
		if phone.end > 0 {
			a.drop(phones, phone)
		}
	}
}

func (a *answer) drop(r rare, cells ...cell) {
	for _, c := range cells {
		a.table.remove(c)
	}
	a.left |= 1 << r
}

// isNameOf tells whether a display name is the given name, a space and the family name.
func isNameOf(display, given, family []byte) bool {
	rest, ok := bytes.CutPrefix(display, given[:len(given)-1])
	rest, space := bytes.CutPrefix(rest, []byte(" "))
	return ok && space && bytes.Equal(rest, family[1:])
}

// leanNote says what a list does not show, and how to see it.
func (a *answer) leanNote() string {
	var names []string
	for r := notRare + 1; r < rares; r++ {
		if a.left&(1<<r) != 0 {
			names = append(names, r.String())
		}
	}
	var parts []string
	if len(names) > 0 {
		parts = append(parts, "left out: "+strings.Join(names, ", ")+"; $select shows them")
	}
	if a.cut {
		parts = append(parts, "long texts are cut; read the single item for all")
	}
	return strings.Join(parts, "; ")
}
