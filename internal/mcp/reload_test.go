package mcp_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// serving is a configuration of one profile and ada's and eve's keys.
func serving(profiles ...*tools.Profile) mcp.HTTPConfig {
	return mcp.HTTPConfig{Config: mcp.Config{Profiles: profiles}, Rules: door.Rules{Keys: twoKeys(), Listen: "127.0.0.1:0", MaxBody: 1 << 20, MaxConcurrent: 128}}
}

func reload(t *testing.T, s *httptest.Server, c mcp.HTTPConfig) <-chan struct{} {
	t.Helper()
	idle, err := handlerOf(s).Reload(c)
	if err != nil {
		t.Fatal(err)
	}
	return idle
}

func closed(idle <-chan struct{}) bool {
	select {
	case <-idle:
		return true
	default:
		return false
	}
}

// Calls that run end with the configuration that they began with; those that come later have the new one. Whoever
// reloads is told when the old one is out of use, and not before.
func TestReloadDuringCalls(t *testing.T) {
	t.Parallel()
	const calls = 50
	running, proceed := make(chan struct{}, calls), make(chan struct{})
	old := testProfile(t, "contoso", func(context.Context, *graph.Request) (*graph.Response, error) {
		running <- struct{}{}
		<-proceed
		return answerJSON(`{"from":"old"}`)
	})
	s := startServer(t, serving(old))
	session := greet(t, s, "{}", asAda())
	call := func(i int) string {
		e := legacyGraph(i, `{"path":"/users"}`, session)
		if i%2 == 0 {
			e = callGraph(i, `{"path":"/users"}`)
		}
		_, body := e.key("ada-key").do(t, t.Context(), s)
		return body
	}
	var callers sync.WaitGroup
	var whole atomic.Int32
	for i := range calls {
		callers.Go(func() {
			if strings.Contains(call(i), `\"from\":\"old\"`) {
				whole.Add(1)
			}
		})
	}
	for range calls {
		<-running
	}
	fresh := testProfile(t, "contoso", func(context.Context, *graph.Request) (*graph.Response, error) { return answerJSON(`{"from":"new"}`) })
	idle := reload(t, s, serving(fresh, testProfile(t, "fabrikam", nil)))
	for i := range 2 {
		e := legacy(i, "tools/list", "{}", session)
		if i == 0 {
			e = modern(i, "tools/list", "", "")
		}
		if _, body := e.key("ada-key").do(t, t.Context(), s); !strings.Contains(body, "fabrikam") {
			t.Errorf("the new configuration is not served: %.200s", body)
		}
	}
	for _, e := range []exchange{callGraph(1, `{"path":"/users","profile":"contoso"}`), legacyGraph(1, `{"path":"/users","profile":"contoso"}`, session)} {
		if _, body := e.key("ada-key").do(t, t.Context(), s); !strings.Contains(body, `\"from\":\"new\"`) {
			t.Errorf("got %s", body)
		}
	}
	if closed(idle) {
		t.Fatal("the old configuration is said to be out of use while its calls run")
	}
	close(proceed)
	callers.Wait()
	if whole.Load() != calls {
		t.Errorf("%d of %d calls got their answer", whole.Load(), calls)
	}
	<-idle
}

// What is under way between client and server outlives a new configuration: a session with what its client can do, a
// question, a link, an agreement.
func TestReloadKeepsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*company{"alone": nil, "with others": newCompany()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, nil) // for its store
			var sent atomic.Int32
			config := func() mcp.HTTPConfig {
				profile := confirmingProfile(t, true, &sent)
				files := p.profile(t, "files")
				return serving(profile, files)
			}
			first := config()
			if c != nil {
				first.Shared = c
			}
			s := startServer(t, first)
			t.Cleanup(func() { handlerOf(s).Close(context.Background()) })
			session := greet(t, s, `{"elicitation":{}}`, asAda())
			const arguments = `{"path":"/users/1","method":"DELETE","profile":"contoso"}`
			call := begin(t, t.Context(), s, legacyGraph(7, arguments, session).key("ada-key"))
			question := call.next()
			link := post{Server: s}.toolAs(t, "ada-key", "download_file", map[string]any{"path": "/drives/d/items/i", "profile": "files"})
			_, refusal := callGraph(1, arguments).key("ada-key").do(t, t.Context(), s)
			_, token, _ := strings.Cut(refusal, `with confirm \"`)
			token, _, _ = strings.Cut(token, `\"`)

			idle := reload(t, s, config())
			if resp, body := answering(question.ID, `{"action":"accept","content":{}}`, session).key("ada-key").do(t, t.Context(), s); resp.StatusCode != 202 {
				t.Errorf("the answer: got %d %s", resp.StatusCode, body)
			}
			if result := call.next(); !strings.Contains(string(result.Result), "deleted") || sent.Load() != 1 {
				t.Errorf("the question: got %s, %d sent", result.Result, sent.Load())
			}
			<-idle
			again := begin(t, t.Context(), s, legacyGraph(8, arguments, session).key("ada-key"))
			if next := again.next(); next.Method != "elicitation/create" || string(next.ID) == string(question.ID) {
				t.Errorf("the session has forgotten that its client can ask: %+v", next)
			} else if resp, _ := answering(next.ID, `{"action":"decline"}`, session).key("ada-key").do(t, t.Context(), s); resp.StatusCode != 202 {
				t.Errorf("the second answer: got %d", resp.StatusCode)
			}
			address, _ := link["downloadUrl"].(string)
			if resp, body := (exchange{method: "GET", path: strings.TrimPrefix(address, s.URL)}).do(t, t.Context(), s); resp.StatusCode != 200 {
				t.Errorf("the link: got %d %s (%v)", resp.StatusCode, body, link)
			}
			for i := range 2 {
				_, body := callGraph(1, fmt.Sprintf(`{"path":"/users/1","method":"DELETE","profile":"contoso","confirm":%q}`, token)).key("ada-key").do(t, t.Context(), s)
				if sent.Load() != 2 {
					t.Errorf("the agreement, use %d: %d sent, %s", i, sent.Load(), body)
				}
			}
			if resp, _ := (exchange{method: "DELETE"}).with("Mcp-Session-Id", session).key("ada-key").do(t, t.Context(), s); resp.StatusCode != 200 {
				t.Errorf("the session's end: got %d", resp.StatusCode)
			}
			if resp, _ := legacyGraph(9, arguments, session).key("ada-key").do(t, t.Context(), s); resp.StatusCode != 404 {
				t.Errorf("after its end: got %d", resp.StatusCode)
			}
		})
	}
}

// What a configuration takes away is gone at once: a key, with its sessions and links, and a profile.
func TestReloadTakesAway(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	profile := p.profile(t, "contoso")
	s := startServer(t, serving(profile))
	session := greet(t, s, "{}", asAda())
	path := func(key string) string {
		t.Helper()
		address, ok := linkOf(t, s, "download_file", key)["downloadUrl"].(string)
		if !ok {
			t.Fatal("no link")
		}
		return strings.TrimPrefix(address, s.URL)
	}
	adas, eves, evesNext := path("ada-key"), path("eve-key"), path("eve-key")
	next := serving(profile)
	next.Keys = next.Keys[1:]
	<-reload(t, s, next)
	for name, e := range map[string]exchange{"session": legacyGraph(2, `{"path":"/users"}`, session).key("ada-key"), "call": callGraph(2, `{"path":"/users"}`).key("ada-key")} {
		if resp, _ := e.do(t, t.Context(), s); resp.StatusCode != 401 {
			t.Errorf("%s of a key that is gone: got %d", name, resp.StatusCode)
		}
	}
	if resp, _ := (exchange{method: "GET", path: adas}).do(t, t.Context(), s); resp.StatusCode != 404 {
		t.Errorf("the link of a key that is gone: got %d", resp.StatusCode)
	}
	if resp, body := (exchange{method: "GET", path: eves}).do(t, t.Context(), s); resp.StatusCode != 200 {
		t.Errorf("another's link: got %d %s", resp.StatusCode, body)
	}
	<-reload(t, s, serving(testProfile(t, "fabrikam", nil)))
	if resp, _ := (exchange{method: "GET", path: evesNext}).do(t, t.Context(), s); resp.StatusCode != 404 {
		t.Errorf("a link to a profile that is gone: got %d", resp.StatusCode)
	}
	if _, err := handlerOf(s).Reload(mcp.HTTPConfig{}); err == nil {
		t.Error("a configuration without a profile was taken")
	}
	if resp, _ := callGraph(2, `{"path":"/users"}`).key("eve-key").do(t, t.Context(), s); resp.StatusCode != 200 {
		t.Errorf("after a configuration that was refused: got %d", resp.StatusCode)
	}
}

// Reloading under load loses no request, and forgets what went.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	s := startServer(t, serving(testProfile(t, "contoso", nil)))
	session := greet(t, s, "{}", asAda())
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for ctx.Err() == nil {
				e := legacyGraph(i, `{"path":"/users"}`, session)
				if i%2 == 0 {
					e = callGraph(i, `{"path":"/users"}`)
				}
				if resp, body := e.key("ada-key").do(t, t.Context(), s); resp.StatusCode != 200 || !strings.Contains(body, "/users") {
					t.Errorf("got %d %s", resp.StatusCode, body)
					return
				}
			}
		})
	}
	for range 30 {
		<-reload(t, s, serving(testProfile(t, "contoso", nil)))
	}
	stop()
	callers.Wait()
}
