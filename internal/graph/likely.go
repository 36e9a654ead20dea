package graph

import (
	"net/http"
	"slices"
	"strings"
)

// Likely returns what the segments are probably meant as: one reading, or several where only the schema could tell.
// What gives something (an allow rule) has to cover all of them, or it would give more than it says.
func Likely(method string, segments ...string) []Reading {
	return likelyOf(method, split(segments))
}

func likelyOf(method string, parts []part) []Reading {
	return combine(parts, func(i int) []Reading {
		before := ""
		if i > 0 {
			before = fold(parts[i-1].text)
		}
		likely := parts[i].likely(before)
		if _, _, call := cutParentheses(parts[i].text); method == http.MethodPost && i == len(parts)-1 && !call && len(likely[0]) > 0 {
			return likely[:1] // what ends a POST with a qualified name is an action
		}
		return likely
	})
}

// Plain returns what a rule means by its segments: every name stands for itself, and arguments belong to functions
// unless they name a key.
func Plain(segments ...string) Reading {
	var plain Reading
	for _, p := range split(segments) {
		plain = append(plain, p.plain()...)
	}
	return plain
}

func (p part) plain() Reading {
	if key := p.namedKey(); key != nil {
		return key
	}
	return p.readings[0]
}

// Spelled begins a segment that stands as it was written, microsoft.graph.user for one, whatever it means.
const Spelled = "\x00as "

// PlainSpelled is [Plain] with qualified names as they are written; nil where there is none.
func PlainSpelled(segments ...string) Reading {
	var spelled Reading
	found := false
	for _, p := range split(segments) {
		if word, ok := p.spelled(); ok {
			spelled, found = append(spelled, word), true
		} else {
			spelled = append(spelled, p.plain()...)
		}
	}
	if !found {
		return nil
	}
	return spelled
}

// Spelled returns what [Likely] does, with qualified names as they are written; nil where there is none. A rule that
// writes such a name gives the call that writes it, too.
func (r *Request) Spelled() []Reading {
	if !slices.ContainsFunc(r.segments, func(segment string) bool { return strings.Contains(segment, ".") }) {
		return nil // mostly
	}
	parts := split(r.segments)
	if !slices.ContainsFunc(parts, func(p part) bool { _, ok := p.spelled(); return ok }) {
		return nil
	}
	return combine(parts, func(i int) []Reading {
		if word, ok := parts[i].spelled(); ok {
			return []Reading{{word}}
		}
		before := ""
		if i > 0 {
			before = fold(parts[i-1].text)
		}
		return parts[i].likely(before)
	})
}

// spelled returns a qualified name as it is written, if p is one, and no call.
func (p part) spelled() (string, bool) {
	name, _, call := cutParentheses(p.text)
	if _, qualified := foldName(name); !qualified || call || p.literal {
		return "", false
	}
	return Spelled + fold(p.text), true
}

// keyNames are the properties by which Graph's collections are addressed beside their IDs.
var keyNames = []string{"id", "appid", "userprincipalname", "mail", "deviceid", "uniquename", "externalid", "roletemplateid"}

// typeNames are the types that paths of Graph are cast to. None is called like a property or an action behind which
// something else could be had; a type that is not here costs a call that a narrow rule would have allowed.
var typeNames = []string{"user", "group", "device", "application", "serviceprincipal", "orgcontact", "directoryobject", "directoryrole",
	"administrativeunit", "organization", "contact", "message", "event", "eventmessage", "eventmessagerequest", "eventmessageresponse",
	"fileattachment", "itemattachment", "referenceattachment", "driveitem", "aaduserconversationmember", "ipnamedlocation", "countrynamedlocation"}

// functionNames are functions that take named arguments, so that those are no key; those of reports all begin with get.
var functionNames = []string{"search", "delta", "getbypath", "getactivitiesbyinterval", "getapplicablecontenttypesforlist", "reminderview",
	"allowedcalendarsharingroles", "getrecentnotebooks", "getalltranscripts", "getallrecordings", "getallmessages", "getpstncalls",
	"getdirectroutingcalls", "filterbycurrentuser", "findtenantinformationbydomainname", "findtenantinformationbytenantid",
	"geteffectivepermissions", "getbyuseridandrole", "getbyuserrole", "range", "usedrange", "cell", "itemat", "$itemat", "image",
	"supportedtimezones", "usersregisteredbyfeature", "usersregisteredbymethod"}

// likely returns what a part is probably meant as; before is the segment before it, folded.
func (p part) likely(before string) []Reading {
	name, args, call := cutParentheses(p.text)
	folded, qualified := foldName(name)
	function := slices.Contains(functionNames, folded) || before == "reports" && strings.HasPrefix(folded, "get")
	switch {
	case p.literal:
		return p.readings[:1]
	case qualified && !call && isType(name):
		return []Reading{{}}
	case qualified && !call: // a function, or a type that is not known here
		return []Reading{{folded}, {}}
	case call && !isIdentifier(folded):
		return p.readings
	case args == "" || function && named(args):
		return p.readings[:1]
	case function:
		return append([]Reading{{folded}}, p.readings...)
	case qualified:
		return p.readings
	case p.namedKey() != nil:
		return []Reading{p.namedKey()}
	case isKey(args):
		return p.readings[:1]
	}
	return p.readings
}

// namedKey returns the reading of users(mail='x') and its like, which have a key by one of keyNames; nil of others.
func (p part) namedKey() Reading {
	name, args, _ := cutParentheses(p.text)
	name, _ = foldName(name)
	key, value, ok := onlyArgument(args)
	// Functions have an argument called name, too.
	known := slices.Contains(keyNames, key) || key == "name" && name == "federatedidentitycredentials"
	if ok && !p.literal && isIdentifier(name) && value != "" && known {
		return Reading{name, fold(value)}
	}
	return nil
}

// isKey tells whether arguments without names are one key, well written.
func isKey(args string) bool {
	value := unquote(args)
	return value != "" && !named(args) && strings.Count(args, "'")%2 == 0 && (value != args || !strings.ContainsAny(args, "'="))
}

func isType(name string) bool {
	name = fold(name)
	name = strings.TrimPrefix(strings.TrimPrefix(name, "microsoft."), "graph.")
	return slices.Contains(typeNames, name)
}
