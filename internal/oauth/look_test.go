package oauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A real browser opens the consent screen and what is said in its place, in light and dark, wide and narrow.
func TestPagesLook(t *testing.T) {
	t.Parallel()
	eye := sandboxtest.OpenEye(t)
	s := &Server{}
	abilities := []string{"Read your mail, calendar and files", "Send mail as you, after you have agreed to each message"}
	asks := map[string]question{
		"consent local": {Title: "Claude Code", To: "a program on this computer (127.0.0.1:4711)", Local: true, Server: "mcp.contoso.com", Abilities: abilities, Action: "/consent", Ticket: "t"},
		"consent web":   {Title: "Claude", Host: "claude.ai", To: "claude.ai", Server: "mcp.contoso.com", Abilities: abilities, Action: "/consent", Ticket: "t"},
		"consent stranger": {Title: strings.Repeat("AVeryLongNameThatNobodyHasChecked", 3), To: "the-longest-name-of-a-host-that-somebody-could-think-of.contoso-holdings.example", Server: "mcp.contoso.com", Action: "/consent",
			Ticket: "t"},
	}
	says := map[string]notice{
		"connect refused": {Title: "The sign-in did not work", Lead: "Microsoft has refused it: AADSTS53003: access has been blocked by Conditional Access policies.", Code: "AADSTS53003",
			Next: "Try from a device that your organization manages, or show this page to your administrator.", Link: "https://client.example/", LinkText: "Back to Claude"},
		"connect stray": {Title: "This sign-in is not known here", Lead: "It was begun in another browser, has been answered already, or took longer than ten minutes.",
			Next: "Close this page, go back to the program, and connect again. If somebody has sent you the link that brought you here, do not."},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if q, ok := asks[name]; ok {
			s.showForm(w, q, "http://127.0.0.1:4711/callback")
			return
		}
		s.show(w, http.StatusOK, says[name])
	}))
	defer server.Close()
	look := func(name string) {
		eye.Visit(t, server.URL+"/"+url.PathEscape(name))
		eye.Examine(t, name)
	}
	for name := range asks {
		look(name)
	}
	for name := range says {
		look(name)
	}
	if hosts := eye.Hosts(); !slices.Equal(hosts, []string{strings.TrimPrefix(server.URL, "http://")}) {
		t.Errorf("asked were %q", hosts)
	}
}
