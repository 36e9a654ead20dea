package mcp_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// A store that has lost what it knew cannot tell whether an agreement was used. None of before counts any more.
func TestAgreementsEndWithTheStoresMemory(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, true, &sent)}}, Rules: door.Rules{Keys: twoKeys()}})
	token := func() string {
		_, body := callGraph(1, deleteCall).key("ada-key").do(t, t.Context(), all[0])
		_, token, ok := strings.Cut(body, `with confirm \"`)
		if !ok {
			t.Fatalf("no token: %s", body)
		}
		token, _, _ = strings.Cut(token, `\"`)
		return token
	}
	redeem := func(token string) string {
		call := callGraph(1, fmt.Sprintf(`{"path":"/users/1","method":"DELETE","confirm":%q}`, token))
		_, body := call.key("ada-key").do(t, t.Context(), all[1])
		return body
	}
	used, unused := token(), token()
	if body := redeem(used); sent.Load() != 1 {
		t.Fatalf("an agreement: %s", body)
	}
	c.mu.Lock()
	clear(c.values)
	c.mu.Unlock()
	for name, token := range map[string]string{"used": used, "unused": unused} {
		if body := redeem(token); sent.Load() != 1 || !strings.Contains(body, "repeat the call without it to ask anew") {
			t.Errorf("one that was %s: %d sent, %s", name, sent.Load(), body)
		}
	}
	if body := redeem(token()); sent.Load() != 2 {
		t.Errorf("a new agreement: %s", body)
	}
	c.down.Store(true)
	if _, body := callGraph(1, deleteCall).key("ada-key").do(t, t.Context(), all[0]); !strings.Contains(body, "cannot be asked") || !strings.Contains(body, "wait some seconds") {
		t.Errorf("without the store: %s", body)
	}
}

// An answer that is lost on its way is sent again, until the replica that has asked has it.
func TestAnswersAreSentUntilTheyArrive(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	c := newCompany()
	all := c.replicas(t, 2, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, false, &sent)}}})
	session := greet(t, all[0], `{"elicitation":{}}`, nil)
	call := begin(t, t.Context(), all[0], legacyGraph(7, deleteCall, session))
	question := call.next()
	legacy(8, "tools/list", "{}", session).do(t, t.Context(), all[1]) // which has met the session now
	for range all {
		<-c.joined
	}
	c.mu.Lock()
	c.deaf = true
	c.mu.Unlock()
	answered := make(chan int, 1)
	answer := answering(question.ID, `{"action":"accept","content":{}}`, session)
	go func() {
		resp, _ := answer.do(t, t.Context(), all[1])
		answered <- resp.StatusCode
	}()
	for lost := 0; lost == 0; {
		c.mu.Lock()
		if lost = len(c.messages); lost > 0 {
			c.deaf = false
		}
		c.mu.Unlock()
	}
	if status := <-answered; status != 202 {
		t.Errorf("the answer got %d", status)
	}
	if result := call.next(); !strings.Contains(string(result.Result), "deleted") || sent.Load() != 1 {
		t.Errorf("got %s, %d sent", result.Result, sent.Load())
	}
	c.mu.Lock()
	c.deaf = true
	c.mu.Unlock()
	if resp, body := answer.do(t, t.Context(), all[1]); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("an answer that nobody takes: %d %s", resp.StatusCode, body)
	}
}
