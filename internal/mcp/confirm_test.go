package mcp_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// question is an error as a policy makes it for a call that a person has to agree to.
type question struct {
	path    string
	byToken bool
}

func (q *question) Error() string        { return "not sent: a rule asks for agreement" }
func (q *question) Question() string     { return "Allow DELETE " + q.path + "?" }
func (q *question) CallDigest() [32]byte { return sha256.Sum256([]byte(q.path)) }
func (q *question) AcceptsToken() bool   { return q.byToken }

func (q *question) Digests() [][32]byte { return [][32]byte{q.CallDigest()} }

// agreedBy tells whether an asker's person has agreed to what q asks for.
func (q *question) agreedBy(a tools.Asker) bool {
	return a.Agreed != nil && slices.Contains(a.Agreed.Digests, q.CallDigest())
}

func confirmingProfile(t *testing.T, byToken bool, sent *atomic.Int32) *tools.Profile {
	p := testProfile(t, "contoso", nil)
	p.Guarded = func(asker tools.Asker) graph.Caller {
		return graphFunc(func(_ context.Context, r *graph.Request) (*graph.Response, error) {
			if q := (&question{r.Path(), byToken}); !q.agreedBy(asker) {
				return nil, q
			}
			sent.Add(1)
			return answerJSON(`{"deleted":true}`)
		})
	}
	return p
}

const deleteCall = `{"path":"/users/1","method":"DELETE"}`

func TestConfirmationInTheModernEra(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, false, &sent)}}})
	ask := func(arguments, more string) string {
		_, body := modern(1, "tools/call", "microsoft_graph", `{"name":"microsoft_graph","arguments":`+arguments+more+
			`,"_meta":{"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}}}`).do(t, t.Context(), s)
		return body
	}
	body := ask(deleteCall, "")
	var asked struct {
		Result struct {
			ResultType    string
			RequestState  string
			InputRequests map[string]struct{ Method string }
		}
	}
	if err := json.Unmarshal([]byte(body), &asked); err != nil || asked.Result.ResultType != "input_required" || asked.Result.InputRequests["confirm"].Method != "elicitation/create" {
		t.Fatalf("no question: %s", body)
	}
	answer := func(action string) string {
		state, _ := json.Marshal(asked.Result.RequestState)
		return fmt.Sprintf(`,"requestState":%s,"inputResponses":{"confirm":{"action":%q,"content":{}}}`, state, action)
	}
	if body := ask(`{"path":"/users/2","method":"DELETE"}`, answer("accept")); !strings.Contains(body, "does not belong to this call") || sent.Load() != 0 {
		t.Errorf("an agreement to another call: %s", body)
	}
	if body := ask(deleteCall, answer("accept")); !strings.Contains(body, "deleted") || sent.Load() != 1 {
		t.Errorf("an agreement: %s", body)
	}
	if body := ask(deleteCall, answer("accept")); !strings.Contains(body, "was used") || sent.Load() != 1 {
		t.Errorf("the same agreement again: %s", body)
	}
	if err := json.Unmarshal([]byte(ask(deleteCall, "")), &asked); err != nil {
		t.Fatal(err)
	}
	if body := ask(deleteCall, answer("decline")); !strings.Contains(body, "did not agree") || sent.Load() != 1 {
		t.Errorf("a refusal: %s", body)
	}
	if body := ask(deleteCall, `,"requestState":"forged","inputResponses":{"confirm":{"action":"accept"}}`); !strings.Contains(body, "isError") || sent.Load() != 1 {
		t.Errorf("a forged state: %s", body)
	}
}

func TestConfirmationWhereTheClientCannotAsk(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	strict := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, false, &sent)}}})
	session := greet(t, strict, "{}", nil)
	for name, e := range map[string]exchange{
		"modern": callGraph(1, deleteCall),
		"legacy": legacy(2, "tools/call", `{"name":"microsoft_graph","arguments":`+deleteCall+`}`, session),
	} {
		_, body := e.do(t, t.Context(), strict)
		if !strings.Contains(body, "lacks MCP elicitation") || !strings.Contains(body, `"isError":true`) {
			t.Errorf("%s: got %s", name, body)
		}
	}

	lenient := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{confirmingProfile(t, true, &sent)}}})
	_, body := callGraph(1, deleteCall).do(t, t.Context(), lenient)
	m := regexp.MustCompile(`with confirm \\"([\w-]+)\\"`).FindStringSubmatch(body)
	if m == nil || sent.Load() != 0 {
		t.Fatalf("no token: %s", body)
	}
	withToken := func(path string) string {
		_, body := callGraph(1, fmt.Sprintf(`{"path":%q,"method":"DELETE","confirm":%q}`, path, m[1])).do(t, t.Context(), lenient)
		return body
	}
	if body := withToken("/users/2"); sent.Load() != 0 || !strings.Contains(body, "does not belong to this exact call") {
		t.Errorf("a token for another call: %s", body)
	}
	if body := withToken("/users/1"); sent.Load() != 1 {
		t.Errorf("a token: %s", body)
	}
	if body := withToken("/users/1"); sent.Load() != 1 {
		t.Errorf("a token used again: %s", body)
	}
}

// A client that leaves while its person is asked does not keep the process.
func TestConfirmationEndsWithTheInput(t *testing.T) {
	var sent atomic.Int32
	s := startStdio(t, confirmingProfile(t, false, &sent))
	s.greet(`{"elicitation":{}}`)
	s.send(stdioCall(1, deleteCall))
	for line := range s.lines {
		if strings.Contains(line, "elicitation/create") {
			break
		}
	}
	s.rest()
	if sent.Load() != 0 {
		t.Error("the call was sent without an agreement")
	}
}

func TestConfirmationInTheLegacyEra(t *testing.T) {
	var sent atomic.Int32
	s := startStdio(t, confirmingProfile(t, false, &sent))
	s.greet(`{"elicitation":{}}`)
	s.send(stdioCall(1, deleteCall))
	for line := range s.lines {
		var m struct {
			ID     json.RawMessage
			Method string
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if m.Method == "elicitation/create" {
			s.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{}}}`, m.ID))
		}
		if string(m.ID) == "1" && m.Method == "" {
			if !strings.Contains(line, "deleted") || sent.Load() != 1 {
				t.Errorf("got %s", line)
			}
			break
		}
	}
	s.rest()
}
