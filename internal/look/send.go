package look

import (
	"bytes"
	"net/http"
	"strconv"

	g "maragu.dev/gomponents"
)

// Leave is what a page may do beyond being read. The zero value lets it do nothing, and have no style.
type Leave struct {
	Nonce  string // of its style, and of its script
	Script bool   // that has the nonce
	Fetch  bool   // the script may ask the page's own server
	Forms  string // where its forms lead, as a list of sources; "" nowhere
}

// Send answers with a page that loads nothing, stands in no frame and is kept nowhere. A referrer policy that is set
// stays; else the page tells nobody where it was.
func Send(w http.ResponseWriter, status int, leave Leave, page g.Node) {
	var body bytes.Buffer
	_ = page.Render(&body) // memory takes everything
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Content-Security-Policy", leave.policy())
	h.Set("Cache-Control", "no-store")
	if h.Get("Referrer-Policy") == "" {
		h.Set("Referrer-Policy", "no-referrer")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a browser that is gone needs no page
}

func (l Leave) policy() string {
	policy := "default-src 'none'"
	if l.Nonce != "" {
		policy += "; style-src 'nonce-" + l.Nonce + "'"
		if l.Script {
			policy += "; script-src 'nonce-" + l.Nonce + "'"
		}
	}
	if l.Fetch {
		policy += "; connect-src 'self'"
	}
	forms := l.Forms
	if forms == "" {
		forms = "'none'"
	}
	return policy + "; base-uri 'none'; form-action " + forms + "; frame-ancestors 'none'"
}
