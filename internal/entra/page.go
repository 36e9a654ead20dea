package entra

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// page is what the browser shows at the end of a sign-in. Everything in it is text, however it looks.
type page struct {
	good  bool
	title string
	lead  string
	facts []fact
	next  []span // what to do now
	code  string // for support
	nonce string // of the content security policy
}

type fact struct{ name, value string }

// span is a piece of text, or a link.
type span struct{ text, url string }

// address finds the pages that our own hints name. What the authority says is never searched for any.
var address = regexp.MustCompile(`https://[^\s,;]*[^\s,;.)]`)

// linked makes links of the addresses in a hint.
func linked(hint string) []span {
	var spans []span
	at := 0
	for _, found := range address.FindAllStringIndex(hint, -1) {
		spans = append(spans, span{text: hint[at:found[0]]}, span{text: hint[found[0]:found[1]], url: hint[found[0]:found[1]]})
		at = found[1]
	}
	return append(spans, span{text: hint[at:]})
}

// outcome words the end of a sign-in: who signed in where, or what went wrong and what to do.
func (u *User) outcome(who person, failed *Error) page {
	facts := []fact{{"Profile", u.config.Profile}}
	if who.account != "" {
		facts = append(facts, fact{"Account", who.account}, fact{"Tenant", who.tenantID})
	}
	if failed == nil {
		name := who.name
		if name == "" {
			name = who.account
		}
		return page{good: true, title: "You are signed in", lead: "Welcome, " + name + ". The sign-in is kept in " + u.person.Place + "; you will rarely see this page again.",
			facts: facts, next: linked("Close this page and go back to where you came from.")}
	}
	p := page{title: "The sign-in did not work", lead: look.Sentence(failed.Message), facts: facts, next: linked(look.Sentence(failed.Hint()))}
	for _, part := range []string{failed.Code, traceOf("trace ID", failed.TraceID), traceOf("correlation ID", failed.CorrelationID)} {
		if part != "" {
			p.code = strings.TrimPrefix(p.code+" · "+part, " · ")
		}
	}
	return p
}

func traceOf(name, id string) string {
	if id == "" {
		return ""
	}
	return name + " " + id
}

// writePage answers with a page that loads nothing, frames nowhere and is kept nowhere. Its one line of script takes
// the code, which is of no use any more, out of the address bar.
func writePage(w http.ResponseWriter, status int, p page) {
	p.nonce = rand.Text()
	look.Send(w, status, look.Leave{Nonce: p.nonce, Script: true}, p.markup())
	_ = http.NewResponseController(w).Flush()
}
