package compact

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
	hashes
	personID // beside an address
	preferredLanguage
	phones      // of users
	bodyPreview // the beginning of the body
	sender      // mostly who the message is from
	mail        // where each of a list's users signs in with it
	names       // where each of a list's display names is made of them
	rares
	// A file in base64, of which no model reads anything, is left out of everything; the notes on it are their own.
	contentBytes = rares     // of the object itself
	innerBytes   = rares + 1 // of one inside of it: $expand
)

func (r rare) String() string {
	return [rares]string{"", "changeKey", "conversationIndex", "internetMessageId", "iCalUId", "uid", "webLink", "cTag", "eTag", "fileSystemInfo",
		"hashes", "id of people with email", "preferredLanguage", "businessPhones, mobilePhone", "bodyPreview", "sender (= from)", "mail (= userPrincipalName)", "givenName and surname (= displayName)"}[r]
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
	case `"preferredLanguage"`:
		return preferredLanguage
	}
	return notRare
}

// neighbours are the cells of one element that may repeat each other; the zero cell stands for none.
type neighbours struct {
	preview, body, sender, from, principal, office, mobile cell
}

func (a *Answer) neighbours() (n neighbours) {
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
		case `"userPrincipalName"`:
			n.principal = c
		case `"businessPhones"`:
			n.office = c
		case `"mobilePhone"`:
			n.mobile = c
		}
	}
	return n
}

// dropRepeats takes out of the element that is being written what another of its properties says.
func (a *Answer) dropRepeats() {
	n := a.neighbours()
	value := func(c cell) []byte { return a.table.values[c.start:c.end] }
	if n.preview.end > 0 && n.body.end > 0 {
		a.drop(bodyPreview, n.preview)
	}
	if n.sender.end > 0 && bytes.Equal(value(n.sender), value(n.from)) {
		a.drop(sender, n.sender)
	}
	if n.principal.end == 0 { // no user
		return
	}
	for _, phone := range []cell{n.office, n.mobile} {
		if phone.end > 0 {
			a.drop(phones, phone)
		}
	}
}

func (a *Answer) drop(r rare, c cell) {
	a.table.remove(c)
	a.left |= 1 << r
}

// dropSame takes out of a list what another property says in each of its items. Where one item differs, all keep
// theirs: a reader could not tell what is left out from what there is none of.
func (a *Answer) dropSame() {
	a.dropMail()
	t := &a.table
	given, family, display := t.named(`"givenName"`), t.named(`"surname"`), t.named(`"displayName"`)
	if t.every(func(value func(int32) []byte) bool { return isNameOf(value(display), value(given), value(family)) }, given, family, display) {
		t.removeColumns(given, family)
		a.left |= 1 << names
	}
}

// dropMail takes out the address of users who sign in with it.
func (a *Answer) dropMail() {
	t := &a.table
	address, principal := t.named(`"mail"`), t.named(`"userPrincipalName"`)
	if t.every(func(value func(int32) []byte) bool { return bytes.EqualFold(value(address), value(principal)) }, address, principal) {
		t.removeColumns(address)
		a.left |= 1 << mail
	}
}

// isNameOf tells whether a display name is the given name, a space and the family name.
func isNameOf(display, given, family []byte) bool {
	rest, ok := bytes.CutPrefix(display, given[:len(given)-1])
	rest, space := bytes.CutPrefix(rest, []byte(" "))
	return ok && space && bytes.Equal(rest, family[1:])
}

// leanNote says what a list does not show, and how to see it.
func (a *Answer) leanNote() string {
	var left []string
	for r := notRare + 1; r < rares; r++ {
		if a.left&(1<<r) != 0 {
			left = append(left, r.String())
		}
	}
	var parts []string
	if len(left) > 0 {
		parts = append(parts, "left out: "+strings.Join(left, ", ")+"; $select shows them")
	}
	if note := a.bytesNote(); note != "" {
		parts = append(parts, note)
	}
	if a.cut {
		parts = append(parts, "long texts are cut; read the single item for all")
	}
	return strings.Join(parts, "; ")
}

// singleNote says what is not shown of one thing.
func (a *Answer) singleNote() string {
	note := a.bytesNote()
	if a.left&(1<<mail) != 0 {
		note = strings.TrimSuffix("mail = userPrincipalName; "+note, "; ")
	}
	return note
}

// bytesNote says how to get at the content of what is shown without it.
func (a *Answer) bytesNote() string {
	switch {
	case a.left&(1<<contentBytes|1<<innerBytes) == 0:
		return ""
	case a.list, a.left&(1<<contentBytes) == 0:
		return "contentBytes left out: read_document or download_file with …/attachments/{id}"
	}
	return "contentBytes left out: read_document or download_file with this path"
}
