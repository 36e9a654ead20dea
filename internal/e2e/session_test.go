package e2e

import (
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// sessionProgram is the Inspector that stays connected, so that one server answers several calls and can ask the
// person in between.
const sessionProgram = "node_modules/@modelcontextprotocol/inspector/clients/mcpdo/build/mcp-bin.js"

// A session is a connection of the Inspector to a server.
type session struct {
	env  []string
	name string
}

// openSession opens a session. What the Inspector keeps, and its process, end with the test.
func openSession(t *testing.T, g target) *session {
	t.Helper()
	folder, err := os.MkdirTemp("", "mcpd") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	s := &session{env: []string{"MCP_INSPECTOR_DAEMON_DIR=" + folder, "MCP_INSPECTOR_DAEMON_TOKEN=" + rand.Text()}}
	stop := s.inspector(t, "daemon", "stop")
	t.Cleanup(func() {
		// Not with the test's context: that has ended by now.
		last := exec.Command(stop.cmd.Path, stop.cmd.Args[1:]...)
		last.Env, last.Dir = stop.cmd.Env, folder
		if out, err := last.CombinedOutput(); err != nil {
			t.Errorf("the inspector's own process does not stop: %v\n%s", err, out)
		}
		_ = os.RemoveAll(folder)
	})
	args := []string{"--format", "json", "connect", "--era", g.Era, "--connect-timeout", "60000"}
	if g.stdio() {
		for name, value := range g.Env {
			args = append(args, "-e", name+"="+value)
		}
		args = append(append(args, "--", g.Command), g.Args...)
	} else {
		args = append(args, g.URL, "--transport", "http")
		if g.Key != "" {
			args = append(args, "--header", "Authorization: Bearer "+g.Key)
		}
	}
	var made struct {
		Name        string
		ProtocolEra string
	}
	s.decode(t, s.inspector(t, args...), &made)
	if made.ProtocolEra != g.Era {
		t.Fatalf("connected in the era %q, want %q", made.ProtocolEra, g.Era)
	}
	s.name = made.Name
	return s
}

func (s *session) inspector(t *testing.T, args ...string) *nodeRun {
	t.Helper()
	r := node(t, sessionProgram, args...)
	r.cmd.Env = append(r.cmd.Env, s.env...)
	return r
}

// decode runs the Inspector, which exits with 1 where a tool answers with an error, and reads what it prints.
func (s *session) decode(t *testing.T, r *nodeRun, into any) {
	t.Helper()
	code := r.run(t)
	if err := json.Unmarshal(r.stdout.Bytes(), into); err != nil || code > inspectorToolError {
		t.Fatalf("the inspector ends with %d and prints no JSON: %v\n%s\n%s", code, err, r.stdout.String(), r.stderr.String())
	}
}

// A reply is what came of a call: a result, or a question to the person.
type reply struct {
	toolResult
	Question *question `json:"elicitationPending"`
	raw      string
}

type question struct {
	ID      string `json:"elicitationId"`
	Message string `json:"message"`
}

// call calls a tool.
func (s *session) call(t *testing.T, tool string, arguments map[string]any) reply {
	t.Helper()
	encoded, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	return s.reply(t, "tools/call", tool, "--tool-args-json", string(encoded))
}

// agree answers the question that a call ended with, in a form without fields; decline says no.
func (s *session) agree(t *testing.T, asked reply) reply {
	t.Helper()
	return s.reply(t, "elicitation/respond", asked.question(t).ID, "{}")
}

func (s *session) decline(t *testing.T, asked reply) reply {
	t.Helper()
	return s.reply(t, "elicitation/respond", asked.question(t).ID, "--decline")
}

func (r reply) question(t *testing.T) question {
	t.Helper()
	if r.Question == nil {
		t.Fatalf("the person was not asked: %s", r.raw)
	}
	return *r.Question
}

func (s *session) reply(t *testing.T, args ...string) (got reply) {
	t.Helper()
	r := s.inspector(t, append([]string{"--format", "json", "--connection", s.name}, args...)...)
	s.decode(t, r, &got)
	got.raw = r.stdout.String()
	return got
}

// done calls a tool and fails unless it succeeds.
func (s *session) done(t *testing.T, tool string, arguments map[string]any) toolResult {
	t.Helper()
	got := s.call(t, tool, arguments)
	if got.IsError || len(got.Content) == 0 {
		t.Fatalf("%s: %s", tool, strings.TrimSpace(got.raw))
	}
	return got.toolResult
}
