package ui_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/ui"
)

// Whatever request comes to the dashboard from somebody who has not opened it: nothing is done, and nothing told that is the person's.
func FuzzStranger(f *testing.F) {
	o := &office{}
	s := ui.New(ui.Config{Profiles: o, Calls: o, Policy: o, Clients: o, Version: "1.2.3", File: "/home/ada/config.toml", Idle: time.Hour, Now: now})
	for _, line := range []string{"GET /open?token=x", "GET /", "GET ROOM", "POST ROOMsign-out", "GET ROOMcalls", "GET ROOM../calls", "POST ROOMclients", "HEAD /open?token=", "GET ROOM%2e%2e/"} {
		f.Add(line+" HTTP/1.1\r\nHost: localhost:\r\n", "Cookie: session=x\r\n", "proof=x&profile=contoso")
		f.Add(line+" HTTP/1.1\r\nHost: localhost:1\r\nSec-Fetch-Site: same-origin\r\n", "Origin: http://localhost:\r\n", "")
	}
	f.Fuzz(func(t *testing.T, head, more, form string) {
		text := strings.ReplaceAll(head, "ROOM", s.Room()) + "Content-Type: application/x-www-form-urlencoded\r\n" + more + "\r\n" + form
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		body := w.Body.String()
		if w.Code < 400 || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Location") != "" || len(body) > 64<<10 {
			t.Errorf("%q: %d %v", text, w.Code, w.Header())
		}
		for _, told := range append([]string{"lab", "/home/ada"}, tells...) {
			if strings.Contains(body, told) && !strings.Contains(text, told) && told != "lab" {
				t.Errorf("%q is told of %q: %s", text, told, body)
			}
		}
		if o.signedIn || len(o.wrote) > 0 {
			t.Errorf("%q has done something", text)
		}
	})
}
