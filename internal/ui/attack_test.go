package ui_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/ui"
)

// tells is what only the person may read.
var tells = []string{"contoso", "ada@", "audit", "security"}

// Mallory is a page in the person's browser, a user of the machine, or a domain that leads here. None is told anything.
func TestMalloryIsToldNothing(t *testing.T) {
	t.Parallel()
	d := open(t, &office{}, time.Hour)
	person := d.person()
	room := strings.TrimPrefix(d.base, "http://"+d.host)
	port := d.host[strings.Index(d.host, ":"):]
	for name, row := range map[string]struct {
		from    *browser
		address string
		headers []string
		want    int
	}{
		"DNS rebinding":             {person, "", []string{"Host", "evil.example" + port}, http.StatusMisdirectedRequest},
		"an address":                {person, "", []string{"Host", "127.0.0.1" + port}, http.StatusMisdirectedRequest},
		"another port":              {person, "", []string{"Host", "localhost:1"}, http.StatusMisdirectedRequest},
		"no port":                   {person, "", []string{"Host", "localhost"}, http.StatusMisdirectedRequest},
		"a subdomain":               {person, "", []string{"Host", "x.localhost" + port}, http.StatusMisdirectedRequest},
		"no cookie":                 {d.browser(), "", nil, http.StatusForbidden},
		"a guessed cookie":          {d.browser(), "", []string{"Cookie", "session=AAAAAAAAAAAAAAAAAAAAAAAAAA"}, http.StatusForbidden},
		"another site":              {person, "calls", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"another port's page":       {person, "calls", []string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		"no room":                   {person, "http://" + d.host + "/", nil, http.StatusNotFound},
		"another room":              {person, "http://" + d.host + "/AAAAAAAAAAAAAAAAAAAAAAAAAA/", nil, http.StatusNotFound},
		"a room in a proxy's words": {person, "http://" + d.host + "//" + room, nil, http.StatusNotFound},
		"out of the room":           {person, "../calls", nil, http.StatusNotFound},
		"an encoded way out":        {person, "%2e%2e/calls", nil, http.StatusNotFound},
		"an encoded name":           {person, "c%61lls", nil, http.StatusNotFound},
		"below a page":              {person, "calls/x", nil, http.StatusNotFound},
		"a file":                    {person, "..%2f..%2fetc%2fpasswd", nil, http.StatusNotFound},
		"a wrong token":             {d.browser(), "http://" + d.host + "/open?token=AAAAAAAAAAAAAAAAAAAAAAAAAA", nil, http.StatusForbidden},
		"no token":                  {d.browser(), "http://" + d.host + "/open", nil, http.StatusForbidden},
		"an empty token":            {d.browser(), "http://" + d.host + "/open?token=", nil, http.StatusForbidden},
	} {
		status, text, header := row.from.get(row.address, row.headers...)
		if status != row.want {
			t.Errorf("%s: %d, want %d", name, status, row.want)
		}
		for _, told := range tells {
			if strings.Contains(text, told) {
				t.Errorf("%s is told of %q: %s", name, told, text)
			}
		}
		if header.Get("Set-Cookie") != "" || header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is given something: %v", name, header)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "OPTIONS", "TRACE", "HEAD"} {
		if status, _, _ := person.send(method, "", ""); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, status)
		}
	}
}

// The token opens the dashboard once. Who comes second with it ends it: one of the two is not the person.
func TestTokenOpensOnce(t *testing.T) {
	t.Parallel()
	d := open(t, &office{}, time.Hour)
	room := strings.TrimPrefix(d.base, "http://"+d.host)
	if strings.Contains(d.address, strings.Trim(room, "/")) {
		t.Errorf("the command line tells the room: %s", d.address)
	}
	person := d.person()
	// Mallory may have got the person's other cookie, by a server of her own at another port.
	status, text, header := person.get(d.address)
	if status != http.StatusConflict || header.Get("Set-Cookie") != "" || strings.Contains(text, strings.Trim(room, "/")) || !strings.Contains(text, "It is open already") {
		t.Errorf("the person's own browser again: %d %v %s", status, header, text)
	}
	if status, _, _ := person.get(""); status != http.StatusOK {
		t.Errorf("after that: %d", status)
	}
	status, text, header = d.browser().get(d.address)
	if status != http.StatusConflict || header.Get("Set-Cookie") != "" || !strings.Contains(text, "Opened twice") {
		t.Fatalf("the second: %d %v %s", status, header, text)
	}
	if err := <-d.ended; !errors.Is(err, ui.ErrTwice) {
		t.Errorf("it ended with %v", err)
	}
}

// A forged form changes nothing, wherever it comes from.
func TestForgedForms(t *testing.T) {
	t.Parallel()
	o := &office{signedIn: true}
	d := open(t, o, time.Hour)
	person := d.person()
	_, page, _ := person.get("policy")
	proof := proofField.FindStringSubmatch(page)[1]
	good := url.Values{"proof": {proof}, "profile": {"contoso"}}.Encode()
	const form = "application/x-www-form-urlencoded"
	for name, row := range map[string]struct {
		from    *browser
		body    string
		headers []string
		want    int
	}{
		"another site":       {person, good, []string{"Content-Type", form, "Origin", "https://evil.example"}, http.StatusForbidden},
		"a sandboxed page":   {person, good, []string{"Content-Type", form, "Origin", "null"}, http.StatusForbidden},
		"another port":       {person, good, []string{"Content-Type", form, "Origin", "http://localhost:1"}, http.StatusForbidden},
		"https":              {person, good, []string{"Content-Type", form, "Origin", "https://" + d.host}, http.StatusForbidden},
		"no origin":          {person, good, []string{"Content-Type", form}, http.StatusForbidden},
		"another's form":     {person, good, []string{"Content-Type", form, "Origin", "http://" + d.host, "Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"no proof":           {person, "profile=contoso", []string{"Content-Type", form, "Origin", "http://" + d.host}, http.StatusForbidden},
		"a guessed proof":    {person, "profile=contoso&proof=AAAAAAAAAAAAAAAAAAAAAAAAAA", []string{"Content-Type", form, "Origin", "http://" + d.host}, http.StatusForbidden},
		"no cookie":          {d.browser(), good, []string{"Content-Type", form, "Origin", "http://" + d.host}, http.StatusForbidden},
		"a simple request":   {person, good, []string{"Content-Type", "text/plain", "Origin", "http://" + d.host}, http.StatusUnsupportedMediaType},
		"another encoding":   {person, good, []string{"Content-Type", "multipart/form-data; boundary=x", "Origin", "http://" + d.host}, http.StatusUnsupportedMediaType},
		"a huge body":        {person, good + "&x=" + strings.Repeat("x", 1<<20), []string{"Content-Type", form, "Origin", "http://" + d.host}, http.StatusRequestEntityTooLarge},
		"no such profile":    {person, "profile=%3Cb%3Ex&proof=" + proof, []string{"Content-Type", form, "Origin", "http://" + d.host}, http.StatusNotFound},
		"half an escape":     {person, good + "&x=%", []string{"Content-Type", form, "Origin", "http://" + d.host}, http.StatusBadRequest},
		"a proof in the URL": {person, "profile=contoso", []string{"Content-Type", form, "Origin", "http://" + d.host}, http.StatusForbidden},
	} {
		address := "sign-out"
		if name == "a proof in the URL" {
			address += "?proof=" + proof
		}
		if status, text, _ := row.from.send(http.MethodPost, address, row.body, row.headers...); status != row.want {
			t.Errorf("%s: %d, want %d: %s", name, status, row.want, text)
		}
	}
	if _, text, _ := person.get("sign-out"); !strings.Contains(text, "Not that way") {
		t.Errorf("a link signs out: %s", text)
	}
	if o.change(func() {}); !o.signedIn {
		t.Error("somebody was signed out")
	}
	if status, text := person.post("sign-out", "profile", "contoso"); status != http.StatusOK || !strings.Contains(text, "Signed out of contoso") || o.signedIn {
		t.Errorf("the person's own: %d %s", status, text)
	}
}

// Nothing loads, nothing runs, nothing is framed, kept or told to others.
func TestPagesAreClosed(t *testing.T) {
	t.Parallel()
	d := open(t, &office{}, time.Hour)
	status, _, opened := d.browser().get(d.address)
	cookie := opened.Get("Set-Cookie")
	room := strings.TrimPrefix(d.base, "http://"+d.host)
	if status != http.StatusOK || !strings.HasSuffix(cookie, "; Path="+room+"; HttpOnly; SameSite=Strict") {
		t.Errorf("the cookie is %q", cookie)
	}
	d = open(t, &office{}, time.Hour)
	person := d.person()
	for _, page := range []string{"", "calls", "policy", "clients", "no-such-page"} {
		_, text, header := person.get(page)
		policy := header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'nonce-") || strings.Contains(policy, "script-src") || strings.Contains(policy, "unsafe") ||
			!strings.Contains(policy, "base-uri 'none'; form-action 'self'; frame-ancestors 'none'") && page != "no-such-page" {
			t.Errorf("%q: the policy is %s", page, policy)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := header.Get(name); got != want {
				t.Errorf("%q: %s is %q, want %q", page, name, got, want)
			}
		}
		if strings.Contains(text, "<script") || strings.Contains(text, "://") && page != "policy" {
			t.Errorf("%q has script, or leads elsewhere: %s", page, text)
		}
	}
}

// It ends by itself where nobody comes.
func TestIdle(t *testing.T) {
	t.Parallel()
	if err := <-open(t, &office{}, time.Millisecond).ended; !errors.Is(err, ui.ErrIdle) {
		t.Errorf("it ended with %v", err)
	}
}
