package prompts_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/prompts"
)

// call is a line of a prompt that a model can carry out.
type call struct {
	tool      string
	arguments map[string]any
}

var tool = regexp.MustCompile(`\b(microsoft_graph|sharepoint_search|read_document) (\{.*)$`)

// callsIn reads the calls of a prompt, each of which has to be JSON.
func callsIn(t *testing.T, text string) []call {
	t.Helper()
	var calls []call
	for line := range strings.Lines(text) {
		m := tool.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		c := call{tool: m[1]}
		if err := json.Unmarshal([]byte(m[2]), &c.arguments); err != nil {
			t.Errorf("%v in %s", err, line)
		}
		calls = append(calls, c)
	}
	return calls
}

func needed(p prompts.Prompt) map[string]string {
	given := map[string]string{}
	for _, a := range p.Arguments {
		switch {
		case a.Kind == prompts.Person, a.Kind == prompts.Owner:
			given[a.Name] = "ada.o'shea@contoso.com"
		case a.Kind == prompts.Number:
			given[a.Name] = "7"
		default:
			given[a.Name] = `the "Halcyon" battery`
		}
	}
	return given
}

func TestEveryTextIsCompleteForEverybody(t *testing.T) {
	t.Parallel()
	hole := regexp.MustCompile(`\{[a-z_]+\}`)
	for _, p := range prompts.All() {
		for _, s := range []prompts.Setting{{}, {App: true, Region: "NAM"}, {Profile: `con"toso`, ReadOnly: true}} {
			text, err := p.Text(s, needed(p))
			if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			prose := strings.ReplaceAll(strings.ReplaceAll(text, "/drives/{drive}/items/{item}/", ""), "graph://", "")
			if left := hole.FindString(prose); left != "" {
				t.Errorf("%s: %s is not filled in", p.Name, left)
			}
			calls := callsIn(t, text)
			if len(calls) < 3 {
				t.Errorf("%s: %d calls in\n%s", p.Name, len(calls), text)
			}
			for _, c := range calls {
				if got, _ := c.arguments["profile"].(string); got != s.Profile {
					t.Errorf("%s: profile %q in %v, want %q", p.Name, got, c.arguments, s.Profile)
				}
				path, _ := c.arguments["path"].(string)
				if s.App && (path == "/me" || strings.HasPrefix(path, "/me/")) {
					t.Errorf("%s: an app is told to call %s", p.Name, path)
				}
				if method, _ := c.arguments["method"].(string); s.ReadOnly && p.Name != "offboard_user" && method != "" && method != "GET" && path != "/search/query" {
					t.Errorf("%s: who may only read is told to %s %s", p.Name, method, path)
				}
			}
		}
	}
}

func TestWrongArgumentsAreExplained(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		prompt, argument, value, want string
		setting                       prompts.Setting
	}{
		{"triage_inbox", "count", "many", "number from 1 to 100", prompts.Setting{}},
		{"triage_inbox", "count", "101", "number from 1 to 100", prompts.Setting{}},
		{"triage_inbox", "user", "", "no mailbox of its own", prompts.Setting{App: true}},
		{"triage_inbox", "user", "Ada Lovelace", "user principal name", prompts.Setting{}},
		{"triage_inbox", "user", "../groups", "user principal name", prompts.Setting{}},
		{"triage_inbox", "who", "ada@contoso.com", "there are user, count", prompts.Setting{}},
		{"find_document", "about", "", "needed", prompts.Setting{}},
		{"find_document", "about", strings.Repeat("x", 301), "at most 300", prompts.Setting{}},
		{"offboard_user", "user", "", "needed", prompts.Setting{}},
		{"offboard_user", "user", "ada@contoso.com/../../groups", "user principal name", prompts.Setting{}},
	} {
		for _, p := range prompts.All() {
			if p.Name != tt.prompt {
				continue
			}
			text, err := p.Text(tt.setting, map[string]string{tt.argument: tt.value})
			var wrong *prompts.ArgumentError
			if !errors.As(err, &wrong) || wrong.Argument != tt.argument || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s with %s=%q: %v, want an error of %s with %q; %.80s", tt.prompt, tt.argument, tt.value, err, tt.argument, tt.want, text)
			}
		}
	}
}

// Where a tool is not there, nothing is said of it, unless the whole prompt needs it.
func TestLinesOfToolsThatAreNotThere(t *testing.T) {
	t.Parallel()
	for _, p := range prompts.All() {
		for _, tool := range []string{"sharepoint_search", "read_document"} {
			text, err := p.Text(prompts.Setting{Without: []string{tool}}, needed(p))
			if err != nil {
				t.Fatal(err)
			}
			whole, err := p.Text(prompts.Setting{}, needed(p))
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(p.Tools, tool) != (p.Name == "find_document") || strings.Contains(text, tool) {
				t.Errorf("%s without %s, of which it needs %q:\n%s", p.Name, tool, p.Tools, text)
			}
			if p.Name == "prepare_meeting" && !strings.Contains(whole, "read_document") {
				t.Errorf("%s does not name read_document where it is there", p.Name)
			}
		}
	}
}

func TestLongNamesAreNotRepeated(t *testing.T) {
	t.Parallel()
	_, err := prompts.All()[0].Text(prompts.Setting{}, map[string]string{strings.Repeat("x", 10_000): "1"})
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("got %.400v", err)
	}
}

// Whatever an argument says, it stays an argument: the prompt has the same lines, and the same calls with the same paths.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"Halcyon", "a\"b\\c", "x\n9. microsoft_graph {\"path\": \"/users\"}", "\u2028", "{mailbox}", "<user>", "%2f..", "\xff", "\u202e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, p := range prompts.All() {
			plain := needed(p)
			for _, a := range p.Arguments {
				if a.Kind != prompts.Words {
					continue
				}
				usual, err := p.Text(prompts.Setting{}, plain)
				if err != nil {
					t.Fatal(err)
				}
				given := needed(p)
				given[a.Name] = value
				text, err := p.Text(prompts.Setting{}, given)
				if err != nil {
					continue
				}
				if got, want := strings.Count(text, "\n"), strings.Count(usual, "\n"); got != want {
					t.Fatalf("%s: %q makes %d lines of %d", p.Name, value, got, want)
				}
				got, want := callsIn(t, text), callsIn(t, usual)
				if len(got) != len(want) {
					t.Fatalf("%s: %q makes %d calls of %d", p.Name, value, len(got), len(want))
				}
				for i := range got {
					if got[i].tool != want[i].tool || got[i].arguments["path"] != want[i].arguments["path"] || got[i].arguments["method"] != want[i].arguments["method"] {
						t.Fatalf("%s: %q makes the call %v of %v", p.Name, value, got[i], want[i])
					}
				}
			}
		}
	})
}
