package mcp_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// links are an upload link and a download link that somebody has asked for.
type links struct {
	post
	up, down exchange
}

func linksOf(t *testing.T, p post, key string) links {
	t.Helper()
	made := linkOf(t, p.Server, "get_upload_config", key)
	address, _ := made["uploadUrl"].(string)
	header, _ := made["authHeader"].(string)
	down, _ := linkOf(t, p.Server, "download_file", key)["downloadUrl"].(string)
	if address == "" || down == "" {
		t.Fatalf("no links: %v, %q", made, down)
	}
	return links{p, exchange{method: "PUT", path: strings.TrimPrefix(address, p.URL), body: "x"}.with("Authorization", header),
		exchange{method: "GET", path: strings.TrimPrefix(down, p.URL)}}
}

// use uses both, and returns the statuses of the upload, of a look at the download and of the download.
func (l links) use(t *testing.T) (statuses [3]int) {
	t.Helper()
	look := l.down
	look.method = "HEAD"
	for i, e := range []exchange{l.up, look, l.down} {
		resp, _ := e.do(t, t.Context(), l.Server)
		statuses[i] = resp.StatusCode
	}
	return statuses
}

var (
	bothHold    = [3]int{200, 200, 200}
	neitherHold = [3]int{401, 404, 404}
	unknown     = [3]int{503, 503, 503}
)

// readable is the post's profile, which can be used for reading alone, too.
func (p post) readable(t *testing.T) *tools.Profile {
	full, reading := p.profile(t, "contoso"), p.profile(t, "contoso")
	reading.ReadOnly, full.Reading = true, reading
	return full
}

// A key that only reads now has no use for what it could do before: its links neither write nor stay in its hands. They
// are not used up by that.
func TestLinksOfAKeyThatOnlyReadsNow(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	full := p.readable(t)
	serve := func(readOnly bool) {
		t.Helper()
		next := serving(full)
		next.Keys = []door.Key{apiKey("agent", "right-key")}
		next.Keys[0].ReadOnly = readOnly
		reload(t, p.Server, next)
	}
	serve(false)
	made := linksOf(t, p, "right-key")
	serve(true)
	if got := made.use(t); got != neitherHold || len(p.store.stored()) != 0 {
		t.Errorf("the key only reads now: got %v, %d stored", got, len(p.store.stored()))
	}
	down, _ := linkOf(t, p.Server, "download_file", "right-key")["downloadUrl"].(string)
	if resp, _ := (exchange{method: "GET", path: strings.TrimPrefix(down, p.URL)}).do(t, t.Context(), p.Server); resp.StatusCode != 200 {
		t.Errorf("a link that it made since: got %d", resp.StatusCode)
	}
	serve(false)
	if got := made.use(t); got != bothHold || len(p.store.stored()) != 1 {
		t.Errorf("it writes again: got %v, %d stored", got, len(p.store.stored()))
	}
}

// recalled lets ada in by her token, and tells later what she may do then.
type recalled struct {
	mu    sync.Mutex
	asked []door.Caller                          // guarded by mu
	now   func(door.Caller) (door.Caller, error) // guarded by mu
}

func (*recalled) Takes(token string) bool { return token == "jwt.ada" }

func adaByToken() door.Caller {
	return door.Caller{Name: "user:t/ada", Profiles: []string{"contoso"}, By: []string{"scope mcp.write"},
		Person: &tools.Person{TenantID: "t", ObjectID: "ada", Account: "ada@contoso.com", Grant: "g-1"}}
}

func (*recalled) Authenticate(context.Context, string) (door.Caller, error) { return adaByToken(), nil }

func (r *recalled) Recall(_ context.Context, c door.Caller) (door.Caller, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, c)
	return r.now(c)
}

// Whoever let a caller in by a token is asked again when a link is used, which comes without one.
func TestLinksEndWithWhatTheyWereMadeBy(t *testing.T) {
	t.Parallel()
	as := func(change func(*door.Caller)) func(door.Caller) (door.Caller, error) {
		return func(c door.Caller) (door.Caller, error) {
			c.Profiles = []string{"contoso"}
			change(&c)
			return c, nil
		}
	}
	for name, row := range map[string]struct {
		now  func(door.Caller) (door.Caller, error)
		want [3]int
	}{
		"it stands":        {as(func(*door.Caller) {}), bothHold},
		"it is gone":       {func(door.Caller) (door.Caller, error) { return door.Caller{}, nil }, neitherHold},
		"it only reads":    {as(func(c *door.Caller) { c.ReadOnly = c.Profiles }), neitherHold},
		"another profile":  {as(func(c *door.Caller) { c.Profiles = []string{"fabrikam"} }), neitherHold},
		"no profile":       {as(func(c *door.Caller) { c.Profiles = nil }), neitherHold},
		"another caller":   {as(func(c *door.Caller) { c.Name = "user:t/eve" }), neitherHold},
		"nobody can tell":  {func(door.Caller) (door.Caller, error) { return door.Caller{}, &tokenError{away: true} }, unknown},
		"a caller of none": {func(c door.Caller) (door.Caller, error) { return c, nil }, neitherHold},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recalled{now: row.now}
			p := newPost(t, func(c *mcp.HTTPConfig) { c.Bearers = []door.Authenticator{r} })
			if got := linksOf(t, p, "jwt.ada").use(t); got != row.want || (len(p.store.stored()) == 1) != (row.want == bothHold) {
				t.Errorf("got %v, %d stored; want %v", got, len(p.store.stored()), row.want)
			}
			want := adaByToken()
			want.Profiles = nil // which is for the one who is asked to say
			for _, asked := range r.asked {
				if diff := cmp.Diff(want, asked); diff != "" {
					t.Error(diff)
				}
			}
			if len(r.asked) < 3 {
				t.Errorf("asked %d times", len(r.asked))
			}
		})
	}
}

// Of several who let callers in, each knows its own.
func TestLinksAreRecalledByWhoeverKnows(t *testing.T) {
	t.Parallel()
	other := &recalled{now: func(door.Caller) (door.Caller, error) { return door.Caller{}, nil }}
	own := &recalled{now: func(c door.Caller) (door.Caller, error) { c.Profiles = []string{"contoso"}; return c, nil }}
	p := newPost(t, func(c *mcp.HTTPConfig) { c.Bearers = []door.Authenticator{other, own} })
	if got := linksOf(t, p, "jwt.ada").use(t); got != bothHold {
		t.Errorf("got %v", got)
	}
	// A key that is gone is no caller of theirs, whatever its name.
	made := linksOf(t, p, "right-key")
	next := serving(p.profile(t, "contoso"))
	next.Keys, next.Bearers = nil, []door.Authenticator{other, own}
	reload(t, p.Server, next)
	asked := len(own.asked)
	if got := made.use(t); got != neitherHold || len(own.asked) != asked {
		t.Errorf("a key that is gone: got %v", got)
	}
}

// The metrics tell of all profiles, and so only to whoever may use all of them.
func TestMetricsAreForWhoMayUseAll(t *testing.T) {
	t.Parallel()
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("mcp_calls 1")) })
	config := bothWays(t)
	config.Metrics = metrics
	config.Keys = []door.Key{apiKey("agent", "right-key"), apiKey("one", "one-key", "contoso"), apiKey("every", "every-key", "contoso", "fabrikam"), apiKey("reader", "read-key")}
	config.Keys[3].ReadOnly = true
	all := startServer(t, config)
	look := exchange{method: "GET", path: "/metrics", host: "mcp.example.com"}
	for key, want := range map[string]int{"right-key": 200, "read-key": 200, "one-key": 403, "every-key": 403, "tok-ada": 403, "tok-none": 403, "wrong": 401} {
		resp, body := look.key(key).do(t, t.Context(), all)
		if resp.StatusCode != want || strings.Contains(body, "mcp_calls") != (want == 200) {
			t.Errorf("%s: got %d %s, want %d", key, resp.StatusCode, body, want)
		}
	}
	keyless := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: config.Profiles}, Metrics: metrics})
	if resp, _ := (exchange{method: "GET", path: "/metrics"}).do(t, t.Context(), keyless); resp.StatusCode != 200 {
		t.Errorf("this machine: got %d", resp.StatusCode)
	}
}
