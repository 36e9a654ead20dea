package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// bearers lets in by tokens that name whom they speak for: "jwt.ada", "jwt.app".
type bearers struct{ readOnly []string }

func (bearers) Takes(token string) bool { return strings.HasPrefix(token, "jwt.") }

func (b bearers) Authenticate(_ context.Context, token string) (door.Caller, error) {
	name := strings.TrimPrefix(token, "jwt.")
	c := door.Caller{Name: "user:t/" + name, Profiles: []string{"people", "app"}, ReadOnly: b.readOnly}
	if name != "app" {
		c.Person = &tools.Person{TenantID: "t", ObjectID: name, Account: name + "@contoso.com", Proof: shown(token)}
	}
	return c, nil
}

type shown string

func (s shown) Reveal() string { return string(s) }

// forPeople is a profile as which each caller acts as themselves. It answers with who that is, by what they came with.
func forPeople(t *testing.T, name string) *tools.Profile {
	t.Helper()
	p := testProfile(t, name, func(context.Context, *graph.Request) (*graph.Response, error) {
		return nil, errors.New("sent as nobody")
	})
	p.Remote = true
	p.For = func(_ context.Context, who tools.Person) (*tools.Profile, error) {
		if who.ObjectID == "mallory" {
			return nil, hinted{"mallory has not agreed to this app", "sign in again"}
		}
		own := *p
		own.For, own.Account = nil, who.Account
		own.Guarded = func(a tools.Asker) graph.Caller {
			return graphFunc(func(_ context.Context, r *graph.Request) (*graph.Response, error) {
				if who.Proof == nil || who.Proof.Reveal() != "jwt."+who.ObjectID || a.Principal != "user:t/"+who.ObjectID {
					return nil, fmt.Errorf("%s came with another's proof", who.ObjectID)
				}
				if strings.HasPrefix(r.Path(), "/drives") {
					return &graph.Response{Status: 200, Header: http.Header{"Content-Type": {"application/pdf"}}, Size: -1,
						Stream: fileOf(who.ObjectID)}, nil
				}
				return answerJSON(fmt.Sprintf(`{"me":%q}`, who.ObjectID))
			})
		}
		return &own, nil
	}
	return p
}

func fileOf(text string) readCloser { return readCloser{strings.NewReader(text)} }

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func peopleConfig(t *testing.T, b bearers) mcp.HTTPConfig {
	people := forPeople(t, "people")
	return mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{people, testProfile(t, "app", nil)}}, Rules: door.Rules{Keys: twoKeys(), Bearers: []door.Authenticator{b}}}
}

// A hundred people at once, at two replicas and in either era, each only ever see what is theirs.
func TestPeopleAreThemselves(t *testing.T) {
	t.Parallel()
	c := newCompany()
	all := c.replicas(t, 2, peopleConfig(t, bearers{}))
	var people sync.WaitGroup
	for i := range 100 {
		people.Go(func() {
			name := fmt.Sprintf("p%d", i)
			session := greet(t, all[i%2], "{}", map[string]string{"Authorization": "Bearer jwt." + name})
			for j := range 4 {
				e := callGraph(j, `{"path":"/me","profile":"people"}`)
				if j%2 == 1 {
					e = legacyGraph(j, `{"path":"/me","profile":"people"}`, session)
				}
				_, body := e.key("jwt."+name).do(t, t.Context(), all[j/2])
				if !strings.Contains(body, fmt.Sprintf(`\"me\":\"%s\"`, name)) || !strings.Contains(body, `"account":"`+name+`@contoso.com"`) {
					t.Errorf("%s saw %s", name, body)
				}
			}
			other := fmt.Sprintf("jwt.p%d", (i+1)%100)
			if resp, _ := legacyGraph(9, `{"path":"/me","profile":"people"}`, session).key(other).do(t, t.Context(), all[0]); resp.StatusCode != 404 {
				t.Errorf("another used %s's session: %d", name, resp.StatusCode)
			}
		})
	}
	people.Wait()
}

// Who is no person is not shown what is for people, by any way in, and who cannot be acted for is told what to do.
func TestProfilesForPeople(t *testing.T) {
	t.Parallel()
	s := startServer(t, peopleConfig(t, bearers{}))
	for _, key := range []string{"ada-key", "jwt.app"} {
		if _, body := modern(1, "tools/list", "", "").key(key).do(t, t.Context(), s); strings.Contains(body, `"people"`) {
			t.Errorf("%s is shown the profile", key)
		}
		if resp, body := callGraph(1, `{"path":"/me"}`).key(key).do(t, t.Context(), s); resp.StatusCode != 200 || !strings.Contains(body, `\"profile\":\"app\"`) {
			t.Errorf("%s: got %d %s", key, resp.StatusCode, body)
		}
		e := callGraph(1, `{"path":"/me"}`).key(key)
		e.path = "/mcp/people"
		if resp, _ := e.do(t, t.Context(), s); resp.StatusCode != 404 {
			t.Errorf("%s by the path: got %d", key, resp.StatusCode)
		}
		put := exchange{method: "PUT", path: "/upload?profile=people&path=/me/drive/root:/a.txt", body: "x"}.key(key)
		if resp, body := put.do(t, t.Context(), s); resp.StatusCode < 400 {
			t.Errorf("%s uploads: got %d %s", key, resp.StatusCode, body)
		}
	}
	if _, body := callGraph(1, `{"path":"/me","profile":"people"}`).key("jwt.mallory").do(t, t.Context(), s); !strings.Contains(body, "has not agreed") || !strings.Contains(body, "sign in again") || !strings.Contains(body, `"profile":"people"`) {
		t.Errorf("mallory: got %s", body)
	}
	put := exchange{method: "PUT", path: "/upload?profile=people&path=/me/drive/root:/a.txt", body: "x"}
	if resp, body := put.key("jwt.mallory").do(t, t.Context(), s); resp.StatusCode < 400 || !strings.Contains(body, "has not agreed") {
		t.Errorf("mallory uploads: got %d %s", resp.StatusCode, body)
	}
	if resp, body := put.key("jwt.bob").do(t, t.Context(), s); resp.StatusCode != 200 || !strings.Contains(body, `"me":"bob"`) {
		t.Errorf("bob uploads: got %d %s", resp.StatusCode, body)
	}
}

// A link that was made for a person is opened as that person, at another replica, too.
func TestLinksArePeoples(t *testing.T) {
	t.Parallel()
	c := newCompany()
	all := c.replicas(t, 2, peopleConfig(t, bearers{}))
	for _, name := range []string{"ada", "bob"} {
		link := post{Server: all[0]}.toolAs(t, "jwt."+name, "download_file", map[string]any{"path": "/drives/d/items/i", "profile": "people"})
		address, _ := link["downloadUrl"].(string)
		for key, value := range c.values {
			if strings.Contains(key+string(value), "jwt.") || strings.Contains(string(value), name) {
				t.Errorf("the store shows %s's claim", name)
			}
		}
		resp, body := (exchange{method: "GET", path: strings.TrimPrefix(address, all[0].URL)}).do(t, t.Context(), all[1])
		if resp.StatusCode != 200 || body != name {
			t.Errorf("%s's link gave %d %s (%v)", name, resp.StatusCode, body, link)
		}
	}
}

// Who may only read gets the profile that only reads: in lists, calls and links.
func TestPrincipalsThatOnlyRead(t *testing.T) {
	t.Parallel()
	by := func(name string) *tools.Profile {
		p := testProfile(t, "app", func(_ context.Context, r *graph.Request) (*graph.Response, error) {
			if strings.HasPrefix(r.Path(), "/drives") {
				return &graph.Response{Status: 200, Header: http.Header{"Content-Type": {"application/pdf"}}, Size: -1, Stream: fileOf(name)}, nil
			}
			return answerJSON(fmt.Sprintf(`{"by":%q}`, name))
		})
		p.Remote = true
		return p
	}
	reading, full := by("reading"), by("full")
	reading.ReadOnly, full.Reading = true, reading
	never := testProfile(t, "never", nil) // has no such side
	config := mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{full, never}},
		Rules: door.Rules{Keys: []door.Key{{Name: "reader", SHA256: apiKey("", "read-key").SHA256, ReadOnly: true}, apiKey("writer", "write-key", "app")}}}
	s := startServer(t, config)
	for key, want := range map[string]string{"read-key": "reading", "write-key": "full"} {
		if _, body := callGraph(1, `{"path":"/users"}`).key(key).do(t, t.Context(), s); !strings.Contains(body, `\"by\":\"`+want) {
			t.Errorf("%s: got %s", key, body)
		}
		_, body := modern(1, "tools/list", "", "").key(key).do(t, t.Context(), s)
		if listed := strings.Contains(body, "Read-only here"); listed != (want == "reading") {
			t.Errorf("%s: the list says read-only: %t", key, listed)
		}
		address, _ := linkOf(t, s, "download_file", key)["downloadUrl"].(string)
		if _, body := (exchange{method: "GET", path: strings.TrimPrefix(address, s.URL)}).do(t, t.Context(), s); body != want {
			t.Errorf("%s: the link gave %s", key, body)
		}
	}
}
