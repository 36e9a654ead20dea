package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	protocol "github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func twoKeys() []door.Key { return []door.Key{apiKey("ada", "ada-key"), apiKey("eve", "eve-key")} }

func asAda() map[string]string { return map[string]string{"Authorization": "Bearer ada-key"} }

// A session that was opened at one replica holds at every other, for whoever opened it alone, until it is ended at any.
func TestSessionsMoveBetweenReplicas(t *testing.T) {
	t.Parallel()
	c := newCompany()
	all := c.replicas(t, 3, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}, Rules: door.Rules{Keys: twoKeys()}})
	session := greet(t, all[0], "{}", asAda())
	call := legacyGraph(2, `{"path":"/users"}`, session)
	for i, s := range all {
		if resp, body := call.key("eve-key").do(t, t.Context(), s); resp.StatusCode != 404 {
			t.Errorf("replica %d, another principal: got %d %s", i, resp.StatusCode, body)
		}
		if resp, body := call.key("ada-key").do(t, t.Context(), s); resp.StatusCode != 200 || !strings.Contains(body, `/users`) {
			t.Errorf("replica %d: got %d %s", i, resp.StatusCode, body)
		}
		if resp, _ := (exchange{method: "DELETE"}).with("Mcp-Session-Id", session).key("eve-key").do(t, t.Context(), s); resp.StatusCode != 404 {
			t.Errorf("replica %d, another principal: it could end the session: %d", i, resp.StatusCode)
		}
		if resp, _ := legacyGraph(2, `{"path":"/users"}`, session+"x").key("ada-key").do(t, t.Context(), s); resp.StatusCode != 404 {
			t.Errorf("replica %d, another session: got %d", i, resp.StatusCode)
		}
	}
	for range all {
		<-c.joined // all listen
	}
	for key, value := range c.values {
		if strings.Contains(key+string(value), session) || strings.Contains(string(value), "ada") {
			t.Errorf("the store shows a session: %s", key)
		}
	}
	if resp, body := (exchange{method: "DELETE"}).with("Mcp-Session-Id", session).key("ada-key").do(t, t.Context(), all[1]); resp.StatusCode != 200 {
		t.Fatalf("ending it: got %d %s", resp.StatusCode, body)
	}
	for i, s := range all {
		if resp, _ := call.key("ada-key").do(t, t.Context(), s); resp.StatusCode != 404 {
			t.Errorf("replica %d: it holds after its end: %d", i, resp.StatusCode)
		}
		if n := handlerOf(s).Sessions(); n != 0 {
			t.Errorf("replica %d still knows %d sessions", i, n)
		}
	}
}

// Where the message of a session's end is lost, the store tells, at the latest after SessionCheck; and until then it is
// not asked.
func TestSessionsAreCheckedNowAndThen(t *testing.T) {
	t.Parallel()
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", nil)}}})
	session := greet(t, all[0], "{}", nil)
	call := legacyGraph(2, `{"path":"/users"}`, session)
	call.do(t, t.Context(), all[1])
	before := c.questions()
	for range 10 {
		call.do(t, t.Context(), all[1])
	}
	if n := c.questions() - before; n != 0 {
		t.Errorf("ten calls asked the store %d times, want none", n)
	}
	c.mu.Lock()
	c.deaf = true
	c.mu.Unlock()
	(exchange{method: "DELETE"}).with("Mcp-Session-Id", session).do(t, t.Context(), all[0])
	handlerOf(all[1]).Later(mcp.SessionCheck * 2)
	for range 2 {
		if resp, _ := call.do(t, t.Context(), all[1]); resp.StatusCode != 404 {
			t.Errorf("it holds after its end: %d", resp.StatusCode)
		}
	}
}

// The person of a session is asked by the replica that has the call, and may answer at any. Nobody else's answer counts.
func TestElicitationThroughAnyReplica(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, false, &sent)}}, Rules: door.Rules{Keys: twoKeys()}})
	session := greet(t, all[0], `{"elicitation":{}}`, asAda())
	eves := greet(t, all[1], `{"elicitation":{}}`, map[string]string{"Authorization": "Bearer eve-key"})
	for range all {
		<-c.joined
	}
	const yes = `{"action":"accept","content":{}}`
	for i, at := range [][2]int{{0, 1}, {1, 0}, {0, 0}} { // asked at, answered at
		call := begin(t, t.Context(), all[at[0]], legacyGraph(7, deleteCall, session).key("ada-key"))
		question := call.next()
		if question.Method != "elicitation/create" {
			t.Fatalf("%v: got %+v, want a question", at, question)
		}
		answer := answering(question.ID, yes, session)
		for name, forged := range map[string]exchange{
			"another principal": answer.key("eve-key"),
			"a session of hers": answering(question.ID, yes, eves).key("eve-key"),
			"another question":  answering(json.RawMessage("1"), yes, session).key("ada-key"),
		} {
			for _, s := range all {
				forged.do(t, t.Context(), s)
			}
			if int(sent.Load()) != i {
				t.Fatalf("%v: the answer of %s counted", at, name)
			}
		}
		if resp, body := answer.key("ada-key").do(t, t.Context(), all[at[1]]); resp.StatusCode != http.StatusAccepted {
			t.Errorf("%v: the answer got %d %s", at, resp.StatusCode, body)
		}
		if result := call.next(); !strings.Contains(string(result.Result), "deleted") || int(sent.Load()) != i+1 {
			t.Errorf("%v: got %s, %d sent", at, result.Result, sent.Load())
		}
	}
	c.mu.Lock()
	messages := slices.Clone(c.messages)
	c.mu.Unlock()
	if len(messages) == 0 {
		t.Fatal("no answer went another way")
	}
	for _, m := range messages {
		if strings.Contains(string(m), "accept") || strings.Contains(string(m), session) || strings.Contains(string(m), "ada") {
			t.Error("a message between replicas can be read")
		}
	}
	// What is not sealed by a replica is nobody's word.
	if err := c.Publish(t.Context(), "sessions", []byte(`{"kind":"ended"}`)); err != nil {
		t.Fatal(err)
	}
}

// Two calls of one session that wait at two replicas are told apart: the library numbers the questions of each from 1.
func TestQuestionsOfReplicasDiffer(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, false, &sent)}}})
	session := greet(t, all[0], `{"elicitation":{}}`, nil)
	call := legacyGraph(7, deleteCall, session)
	first, second := begin(t, t.Context(), all[0], call), begin(t, t.Context(), all[1], call)
	for range all {
		<-c.joined
	}
	one, two := first.next(), second.next()
	if string(one.ID) == string(two.ID) {
		t.Fatalf("both questions are called %s", one.ID)
	}
	answering(one.ID, `{"action":"decline"}`, session).do(t, t.Context(), all[1])
	answering(two.ID, `{"action":"accept","content":{}}`, session).do(t, t.Context(), all[0])
	if no := first.next(); !strings.Contains(string(no.Result), "did not agree") {
		t.Errorf("declined: got %s", no.Result)
	}
	if yes := second.next(); !strings.Contains(string(yes.Result), "deleted") || sent.Load() != 1 {
		t.Errorf("agreed: got %s, %d sent", yes.Result, sent.Load())
	}
}

// A call is taken back at any replica, by its own session alone.
func TestCancellationThroughAnyReplica(t *testing.T) {
	t.Parallel()
	running, ended := make(chan struct{}, 8), make(chan error, 8)
	profile := testProfile(t, "contoso", func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
		running <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{profile}}, Rules: door.Rules{Keys: twoKeys()}})
	session := greet(t, all[0], "{}", asAda())
	eves := greet(t, all[1], "{}", map[string]string{"Authorization": "Bearer eve-key"})
	for range all {
		<-c.joined
	}
	var calls sync.WaitGroup
	calls.Go(func() { legacyGraph(7, `{"path":"/users"}`, session).key("ada-key").do(t, t.Context(), all[0]) })
	<-running
	cancel := func(session, key string) {
		e := exchange{body: `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`,
			header: map[string]string{"Mcp-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}}
		e.key(key).do(t, t.Context(), all[1])
	}
	cancel(session, "eve-key")
	cancel(eves, "eve-key")
	select {
	case <-ended:
		t.Fatal("another principal took the call back")
	default:
	}
	cancel(session, "ada-key")
	<-ended
	calls.Wait()
}

// linkOf makes a link at a replica.
func linkOf(t *testing.T, s *httptest.Server, tool, key string) map[string]any {
	t.Helper()
	p := post{Server: s}
	arguments := map[string]map[string]any{"get_upload_config": {"path": "/me/drive/root:/a.txt"}, "download_file": {"path": "/drives/d/items/i"}}[tool]
	return p.toolAs(t, key, tool, arguments)
}

// A link that was made at one replica is used at any, once.
func TestLinksAreUsedOnceAtAnyReplica(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil) // for its store
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{p.profile(t, "contoso")}}, Rules: door.Rules{Keys: twoKeys()}})
	up := linkOf(t, all[0], "get_upload_config", "ada-key")
	down := linkOf(t, all[0], "download_file", "ada-key")
	path := func(link any) string { return strings.TrimPrefix(link.(string), all[0].URL) }
	race := func(name string, e exchange) {
		t.Helper()
		var got sync.Map
		var runners sync.WaitGroup
		var good atomic.Int32
		for i := range 20 {
			runners.Go(func() {
				resp, body := e.do(t, t.Context(), all[i%2])
				if resp.StatusCode == 200 {
					good.Add(1)
				} else {
					got.Store(fmt.Sprint(resp.StatusCode, body), true)
				}
			})
		}
		runners.Wait()
		if good.Load() != 1 {
			t.Errorf("%s: %d of 20 were served, want 1", name, good.Load())
			got.Range(func(k, _ any) bool { t.Log(k); return true })
		}
	}
	race("upload", exchange{method: "PUT", path: path(up["uploadUrl"]), body: "hello"}.with("Authorization", up["authHeader"].(string)))
	race("download", exchange{method: "GET", path: path(down["downloadUrl"])})
	if stored := p.store.stored(); len(stored) != 1 {
		t.Errorf("%d files were stored, want 1", len(stored))
	}
	// What others used makes room here: nobody may have more than 64 out.
	for range 130 {
		link := linkOf(t, all[0], "download_file", "ada-key")
		if link["error"] != nil {
			t.Fatalf("no link: %v", link)
		}
		if resp, body := (exchange{method: "GET", path: path(link["downloadUrl"])}).do(t, t.Context(), all[1]); resp.StatusCode != 200 {
			t.Fatalf("got %d %s", resp.StatusCode, body)
		}
	}
}

// A token that a person has agreed to counts once among all replicas.
func TestAgreementsCountOnceAmongReplicas(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, true, &sent)}}, Rules: door.Rules{Keys: twoKeys()}})
	_, body := callGraph(1, deleteCall).key("ada-key").do(t, t.Context(), all[0])
	_, token, ok := strings.Cut(body, `with confirm \"`)
	if !ok {
		t.Fatalf("no token: %s", body)
	}
	token, _, _ = strings.Cut(token, `\"`)
	call := callGraph(1, fmt.Sprintf(`{"path":"/users/1","method":"DELETE","confirm":%q}`, token))
	if _, body := call.key("eve-key").do(t, t.Context(), all[1]); sent.Load() != 0 {
		t.Fatalf("another principal redeemed it: %s", body)
	}
	callGraph(1, deleteCall).key("ada-key").do(t, t.Context(), all[1]) // so that the key is known there
	c.down.Store(true)
	if _, body := call.key("ada-key").do(t, t.Context(), all[1]); sent.Load() != 0 || !strings.Contains(body, "wait some seconds and repeat the call") {
		t.Errorf("without the store: %d sent, %s", sent.Load(), body)
	}
	c.down.Store(false)
	var callers sync.WaitGroup
	for i := range 20 {
		callers.Go(func() { call.key("ada-key").do(t, t.Context(), all[i%2]) })
	}
	callers.Wait()
	if sent.Load() != 1 {
		t.Errorf("sent %d times, want once", sent.Load())
	}
}

// Without the store, what depends on it gets 503 and when to come again; what does not is served.
func TestStoreThatCannotBeReached(t *testing.T) {
	t.Parallel()
	p := newPost(t, nil)
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{p.profile(t, "contoso")}}})
	session := greet(t, all[0], "{}", nil)
	down := linkOf(t, all[0], "download_file", "")
	up := linkOf(t, all[0], "get_upload_config", "")
	c.down.Store(true)
	path := func(link any) string { return strings.TrimPrefix(link.(string), all[0].URL) }
	call := legacyGraph(2, `{"path":"/users"}`, session)
	for name, row := range map[string]struct {
		at int
		e  exchange
	}{
		"greeting":       {0, legacy(1, "initialize", fmt.Sprintf(hello, "{}"), "")},
		"an unknown one": {1, call},
		"ending":         {0, exchange{method: "DELETE"}.with("Mcp-Session-Id", session)},
		"a download":     {0, exchange{method: "GET", path: path(down["downloadUrl"])}},
		"a look at one":  {0, exchange{method: "HEAD", path: path(down["downloadUrl"])}},
		"an upload":      {0, exchange{method: "PUT", path: path(up["uploadUrl"]), body: "x"}.with("Authorization", up["authHeader"].(string))},
		"taking a call back": {0, exchange{body: `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`,
			header: map[string]string{"Mcp-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}}},
		"an answer": {0, answering(json.RawMessage("77777777777"), `{"action":"accept"}`, session)},
	} {
		resp, body := row.e.do(t, t.Context(), all[row.at])
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d %s", name, resp.StatusCode, body)
		}
	}
	if stored := p.store.stored(); len(stored) != 0 {
		t.Errorf("%d files were stored", len(stored))
	}
	if link := linkOf(t, all[0], "download_file", ""); !strings.Contains(fmt.Sprint(link["error"]), "repeat the call") {
		t.Errorf("a link: got %v", link)
	}
	if resp, body := call.do(t, t.Context(), all[0]); resp.StatusCode != 200 {
		t.Errorf("a session that is known: got %d %s", resp.StatusCode, body)
	}
	handlerOf(all[0]).Later(mcp.SessionCheck * 2)
	for range 2 { // the second does not go by what the first has not found out
		if resp, _ := call.do(t, t.Context(), all[0]); resp.StatusCode != 503 {
			t.Errorf("one that was known long ago: got %d", resp.StatusCode)
		}
	}
	c.down.Store(false)
	for name, e := range map[string]exchange{"the session": call, "the link": {method: "GET", path: path(down["downloadUrl"])}} {
		if resp, body := e.do(t, t.Context(), all[0]); resp.StatusCode != 200 {
			t.Errorf("%s afterwards: got %d %s", name, resp.StatusCode, body)
		}
	}
}

// turns sends each request to the next replica.
type turns struct {
	all  []*httptest.Server
	next atomic.Int64
}

func (r *turns) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Host = strings.TrimPrefix(r.all[int(r.next.Add(1))%len(r.all)].URL, "http://")
	request.Host = request.URL.Host
	return http.DefaultTransport.RoundTrip(request)
}

// The library's own client, of either era, does not notice that there are three.
func TestClientOfManyReplicas(t *testing.T) {
	t.Parallel()
	for era, version := range eras {
		var sent atomic.Int32
		c := newCompany()
		all := c.replicas(t, 3, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, false, &sent)}}})
		carrier, err := transport.NewStreamableHTTP("http://localhost/mcp", transport.WithHTTPBasicClient(&http.Client{Transport: &turns{all: all}}))
		if err != nil {
			t.Fatal(err)
		}
		p := &person{modes: &protocol.ElicitationCapability{Form: &struct{}{}}, answer: always(protocol.ElicitationResponseActionAccept)}
		caller := p.greet(t, client.NewClient(carrier, p.options(version)...), version)
		if era == "legacy" {
			for range all { // of which each has met the session
				if _, err := caller.client.ListTools(t.Context(), protocol.ListToolsRequest{}); err != nil {
					t.Fatal(err)
				}
			}
			for range all {
				<-c.joined
			}
		}
		for i := range 9 {
			if r := caller.call(t.Context(), "microsoft_graph", map[string]any{"path": "/users/1", "method": "DELETE"}); r.isError || int(sent.Load()) != i+1 {
				t.Fatalf("%s, call %d: got %+v, %d sent", era, i, r, sent.Load())
			}
		}
	}
}
