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
	Good  bool
	Title string
	Lead  string
	Facts []fact
	Next  []span // what to do now
	Code  string // for support
	Nonce string // of the content security policy
}

type fact struct{ Name, Value string }

// span is a piece of text, or a link.
type span struct{ Text, URL string }

// address finds the pages that our own hints name. What the authority says is never searched for any.
var address = regexp.MustCompile(`https://[^\s,;]*[^\s,;.)]`)

// linked makes links of the addresses in a hint.
func linked(hint string) []span {
	var spans []span
	at := 0
	for _, found := range address.FindAllStringIndex(hint, -1) {
		spans = append(spans, span{Text: hint[at:found[0]]}, span{Text: hint[found[0]:found[1]], URL: hint[found[0]:found[1]]})
		at = found[1]
	}
	return append(spans, span{Text: hint[at:]})
}

// outcome words the end of a sign-in: who signed in where, or what went wrong and what to do.
func (u *User) outcome(who person, failed *Error) page {
	facts := []fact{{"Profile", u.config.Profile}}
	if who.Account != "" {
		facts = append(facts, fact{"Account", who.Account}, fact{"Tenant", who.TenantID})
	}
	if failed == nil {
		name := who.Name
		if name == "" {
			name = who.Account
		}
		return page{Good: true, Title: "You are signed in", Lead: "Welcome, " + name + ". The sign-in is kept in " + u.person.Place + "; you will rarely see this page again.",
			Facts: facts, Next: linked("Close this page and go back to where you came from.")}
	}
	p := page{Title: "The sign-in did not work", Lead: look.Sentence(failed.Message), Facts: facts, Next: linked(look.Sentence(failed.Hint()))}
	for _, part := range []string{failed.Code, traceOf("trace ID", failed.TraceID), traceOf("correlation ID", failed.CorrelationID)} {
		if part != "" {
			p.Code = strings.TrimPrefix(p.Code+" · "+part, " · ")
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
	p.Nonce = rand.Text()
	look.Send(w, status, look.Leave{Nonce: p.Nonce, Script: true}, p.markup())
	_ = http.NewResponseController(w).Flush()
}
