package client_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
)

func compact(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	for at := 0; at < len(text); at++ {
		switch c := text[at]; c {
		case '"':
			end := at + 1
			for text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			b.WriteString(text[at : end+1])
			at = end
		case ' ', '\n', '\t', '\r':
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

var ours = client.Server{Name: "ms", Command: "/ms", Args: []string{"stdio"}}

// Text before, text after an entry was added. Taking it away gives back the text before, or back where that says so.
func TestMerge(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, client, before, after, back string }{
		{"missing or empty", "cursor", "", "{\n  \"mcpServers\": {\n    \"ms\": {\n      \"type\": \"stdio\",\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    }\n  }\n}\n", "{\n  \"mcpServers\": {}\n}\n"},
		{"blank", "windsurf", " \r\n\t\n", "{\n  \"mcpServers\": {\n    \"ms\": {\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    }\n  }\n}\n", "{\n  \"mcpServers\": {}\n}\n"},
		{"empty object", "windsurf", "{}", "{\n  \"mcpServers\": {\n    \"ms\": {\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    }\n  }\n}", "{\n  \"mcpServers\": {}\n}"},
		{"no servers", "windsurf", "{\n\t\"mcpServers\": {},\n\t\"x\": 1\n}\n", "{\n\t\"mcpServers\": {\n\t\t\"ms\": {\n\t\t\t\"command\": \"/ms\",\n\t\t\t\"args\": [\"stdio\"]\n\t\t}\n\t},\n\t\"x\": 1\n}\n", ""},
		{"other servers, four blanks", "windsurf",
			"{\n    \"mcpServers\": {\n        \"a\": {\"command\": \"a\"}\n    }\n}\n",
			"{\n    \"mcpServers\": {\n        \"a\": {\"command\": \"a\"},\n        \"ms\": {\n            \"command\": \"/ms\",\n            \"args\": [\"stdio\"]\n        }\n    }\n}\n", ""},
		{"comments and trailing commas", "zed",
			"// Zed settings\n{\n  \"theme\": \"One\", // mine\n  /* servers */\n  \"context_servers\": {\n    \"a\": {\"command\": \"a\",}, // the first\n    // \"b\": {},\n  },\n}\n",
			"// Zed settings\n{\n  \"theme\": \"One\", // mine\n  /* servers */\n  \"context_servers\": {\n    \"a\": {\"command\": \"a\",}, // the first\n    \"ms\": {\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    },\n    // \"b\": {},\n  },\n}\n", ""},
		{"comment after the last", "zed",
			"{\n  \"context_servers\": {\n    \"a\": {} // the first\n    // none more\n  }\n}",
			"{\n  \"context_servers\": {\n    \"a\": {}, // the first\n    \"ms\": {\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    }\n    // none more\n  }\n}", ""},
		{"comment alone", "zed",
			"{\n  \"context_servers\": {\n    // none yet\n  }\n}",
			"{\n  \"context_servers\": {\n    // none yet\n    \"ms\": {\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    }\n  }\n}", ""},
		{"CRLF", "windsurf", "{\r\n  \"mcpServers\": {\r\n    \"a\": {}\r\n  }\r\n}\r\n",
			"{\r\n  \"mcpServers\": {\r\n    \"a\": {},\r\n    \"ms\": {\r\n      \"command\": \"/ms\",\r\n      \"args\": [\"stdio\"]\r\n    }\r\n  }\r\n}\r\n", ""},
		{"byte order mark", "windsurf", "\uFEFF{\"mcpServers\":{\"a\":{}}}", "\uFEFF{\"mcpServers\":{\"a\":{},\"ms\":{\"command\":\"/ms\",\"args\":[\"stdio\"]}}}", ""},
		{"on one line", "windsurf", `{ "mcpServers": { "a": {} }, "x": 1 }`, `{ "mcpServers": { "a": {}, "ms": {"command": "/ms", "args": ["stdio"]} }, "x": 1 }`, ""},
		{"on one line, empty", "windsurf", `{"mcpServers":{},"x":1}`, `{"mcpServers":{"ms":{"command":"/ms","args":["stdio"]}},"x":1}`, ""},
		{"brace on the last line", "windsurf", "{\n  \"mcpServers\": {\n    \"a\": 1 }\n}", "{\n  \"mcpServers\": {\n    \"a\": 1,\n    \"ms\": {\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    } }\n}", ""},
		{"deep and unrelated", "claude-code",
			"{\n  \"n\": 1e400,\n  \"projects\": {\n    \"/p\": {\n      \"mcpServers\": {\"ms\": {\"type\": \"sse\"}},\n      \"history\": [[{\"display\": \"\\u00e9 // no comment\"}]]\n    }\n  },\n  \"n\": 2\n}",
			"{\n  \"n\": 1e400,\n  \"projects\": {\n    \"/p\": {\n      \"mcpServers\": {\"ms\": {\"type\": \"sse\"}},\n      \"history\": [[{\"display\": \"\\u00e9 // no comment\"}]]\n    }\n  },\n  \"n\": 2,\n  \"mcpServers\": {\n    \"ms\": {\n      \"type\": \"stdio\",\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"]\n    }\n  }\n}",
			"{\n  \"n\": 1e400,\n  \"projects\": {\n    \"/p\": {\n      \"mcpServers\": {\"ms\": {\"type\": \"sse\"}},\n      \"history\": [[{\"display\": \"\\u00e9 // no comment\"}]]\n    }\n  },\n  \"n\": 2,\n  \"mcpServers\": {}\n}"},
		{"TOML, empty", "codex", "", "[mcp_servers.ms]\ncommand = \"/ms\"\nargs = [\"stdio\"]\n", "-"},
		{"TOML", "codex", "model = \"x\" # mine\n\n[mcp_servers.a]\ncommand = \"a\"\n", "model = \"x\" # mine\n\n[mcp_servers.a]\ncommand = \"a\"\n\n[mcp_servers.ms]\ncommand = \"/ms\"\nargs = [\"stdio\"]\n", ""},
		{"TOML, no line end", "codex", "model = \"x\"", "model = \"x\"\n\n[mcp_servers.ms]\ncommand = \"/ms\"\nargs = [\"stdio\"]", ""},
		{"TOML, blank line and CRLF", "codex", "model = \"x\"\r\n\r\n", "model = \"x\"\r\n\r\n\r\n[mcp_servers.ms]\r\ncommand = \"/ms\"\r\nargs = [\"stdio\"]\r\n", ""},
		{"TOML, dotted", "codex", "mcp_servers.a.command = \"[mcp_servers.ms]\"\n", "mcp_servers.a.command = \"[mcp_servers.ms]\"\n\n[mcp_servers.ms]\ncommand = \"/ms\"\nargs = [\"stdio\"]\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := named(t, test.client)
			after, err := c.Edit(test.before, ours)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, after); diff != "" {
				t.Errorf("installed (-want +got):\n%s", diff)
			}
			if again, err := c.Edit(after, ours); err != nil || again != after {
				t.Errorf("once more: %v, got\n%s", err, again)
			}
			want := test.before
			if test.back != "" {
				want = strings.TrimPrefix(test.back, "-")
			}
			if back, err := c.Undo(after, "ms"); err != nil || back != want {
				t.Errorf("uninstalled: %v, got\n%q\nwant\n%q", err, back, want)
			}
			if none, err := c.Undo(test.before, "ms"); err != nil || none != test.before {
				t.Errorf("uninstalled from a file without it: %v, got\n%q", err, none)
			}
		})
	}
}

// An entry that is there is corrected, and what the person added to it stays.
func TestCorrect(t *testing.T) {
	t.Parallel()
	address := client.Server{Name: "ms", URL: "https://h/mcp"}
	keyed := address
	keyed.KeyEnv = "KEY"
	for _, test := range []struct {
		name, client  string
		server        client.Server
		before, after string
	}{
		{"another path", "windsurf", ours,
			`{"mcpServers": {"ms": {"command": "/old", /* mine */ "args": ["stdio"], "disabled": true, "env": {"A": "b"}}}}`,
			`{"mcpServers": {"ms": {"command": "/ms", /* mine */ "args": ["stdio"], "disabled": true, "env": {"A": "b"}}}}`},
		{"equal, written otherwise", "windsurf", ours,
			"{\"mcpServers\": {\"\\u006ds\": {\"args\": [\n\"stdio\",\n],\n\"command\": \"\\u002fms\"}}}",
			"{\"mcpServers\": {\"\\u006ds\": {\"args\": [\n\"stdio\",\n],\n\"command\": \"\\u002fms\"}}}"},
		{"a setting more", "copilot-cli", ours,
			"{\n  \"mcpServers\": {\n    \"ms\": {\n      \"type\": \"http\",\n      \"command\": \"/ms\",\n      \"args\": [],\n      \"tools\": [\"read\"]\n    }\n  }\n}",
			"{\n  \"mcpServers\": {\n    \"ms\": {\n      \"type\": \"local\",\n      \"command\": \"/ms\",\n      \"args\": [\"stdio\"],\n      \"tools\": [\"read\"]\n    }\n  }\n}"},
		{"from program to address", "claude-code", keyed,
			"{\n  \"mcpServers\": {\n    \"ms\": {\"command\": \"/ms\"},\n    \"z\": {}\n  }\n}",
			"{\n  \"mcpServers\": {\n    \"ms\": {\n      \"type\": \"http\",\n      \"url\": \"https://h/mcp\",\n      \"headers\": {\n        \"Authorization\": \"Bearer ${KEY}\"\n      }\n    },\n    \"z\": {}\n  }\n}"},
		{"a header more", "cursor", keyed,
			`{"mcpServers":{"ms":{"url":"https://old/","headers":{"X":"y"}}}}`,
			`{"mcpServers":{"ms":{"url":"https://h/mcp","headers":{"X":"y","Authorization":"Bearer ${env:KEY}"}}}}`},
		{"a key less", "cursor", address,
			`{"mcpServers":{"ms":{"url":"https://h/mcp","headers":{"Authorization":"Bearer ${env:KEY}","X":"y"}}}}`,
			`{"mcpServers":{"ms":{"url":"https://h/mcp","headers":{"X":"y"}}}}`},
		{"a key less, OpenCode", "opencode", address,
			`{"mcp":{"ms":{"type":"remote","url":"https://h/mcp","headers":{"Authorization":"Bearer {env:KEY}"},"oauth":false,"enabled":false}}}`,
			`{"mcp":{"ms":{"type":"remote","url":"https://h/mcp","headers":{},"enabled":false}}}`},
		{"another name for the address", "gemini-cli", address,
			`{"mcpServers":{"ms":{"url":"https://h/mcp","type":"http","trust":true}}}`,
			`{"mcpServers":{"ms":{"trust":true,"httpUrl":"https://h/mcp"}}}`},
		{"TOML", "codex", ours,
			"[mcp_servers.ms] # ours\ncommand = '/old' # here\n\n# comment\nstartup_timeout_sec = 20\n\n[mcp_servers.ms.env]\nA = \"b\"\n\n[x]\n",
			"[mcp_servers.ms] # ours\ncommand = \"/ms\" # here\n\n# comment\nstartup_timeout_sec = 20\nargs = [\"stdio\"]\n\n[mcp_servers.ms.env]\nA = \"b\"\n\n[x]\n"},
		{"TOML, a key less", "codex", address,
			"[mcp_servers.ms]\nurl = \"https://h/mcp\"\nbearer_token_env_var = \"KEY\"\nenabled = true\n",
			"[mcp_servers.ms]\nurl = \"https://h/mcp\"\nenabled = true\n"},
		{"TOML, from program to address", "codex", keyed,
			"[mcp_servers.ms]\ncommand = \"/ms\"\n[mcp_servers.ms.env]\nA = \"b\"\n[mcp_servers.z]\ncommand = \"z\"\n",
			"[mcp_servers.z]\ncommand = \"z\"\n\n[mcp_servers.ms]\nurl = \"https://h/mcp\"\nbearer_token_env_var = \"KEY\"\n"},
		{"TOML, quotes before closing quotes, brackets in comments", "codex", ours,
			"a = [ \"\"\"x\"\"\"\", ]\nb = [ # ]\n]\n[mcp_servers.ms]\ncommand = \"/old\"\nargs = [\"stdio\"]\n",
			"a = [ \"\"\"x\"\"\"\", ]\nb = [ # ]\n]\n[mcp_servers.ms]\ncommand = \"/ms\"\nargs = [\"stdio\"]\n"},
		{"TOML, equal", "codex", ours,
			"[mcp_servers.\"ms\"]\nargs = [\n  'stdio', # it\n]\ncommand = '/ms'\n",
			"[mcp_servers.\"ms\"]\nargs = [\n  'stdio', # it\n]\ncommand = '/ms'\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := named(t, test.client)
			after, err := c.Edit(test.before, test.server)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, after); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again, err := c.Edit(after, test.server); err != nil || again != after {
				t.Errorf("once more: %v, got\n%s", err, again)
			}
		})
	}
}

// What cannot be read for certain is left alone, with the line and a clear word.
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ client, before, want string }{
		{"cursor", "{\n  \"mcpServers\": {\n    \"a\": {}\n    \"b\": {}\n  }\n}", "FILE:4: there is no comma or closing } where one belongs"},
		{"cursor", "{\n  \"mcpServers\": {", "FILE:2: there is no name in quotes where one belongs"},
		{"cursor", "{\"a\":\n", "FILE:2: the text ends too early"},
		{"cursor", "{\n\"a\": \"b\n}", "FILE:2: there is a text without its closing quote"},
		{"cursor", "{\n\"a\": \"\\x\"}", `FILE:2: there is a text with a wrong \ in it`},
		{"cursor", "{\n\"a\" 1}", "FILE:2: there is no colon after a name"},
		{"cursor", "{\n'a': 1}", "FILE:2: there is no name in quotes where one belongs"},
		{"cursor", "{\n\"a\": True}", "FILE:2: there is something that is no value"},
		{"cursor", "{\n\"a\": [1}", "FILE:2: there is no comma or closing ] where one belongs"},
		{"cursor", "{} \n{}", "FILE:2: something stands after the end"},
		{"cursor", "{\n/* }", "FILE:2: a comment does not end"},
		{"cursor", "<<<<<<< HEAD\n{}", "FILE:1: there is something that is no value"},
		{"cursor", "{\"a\":" + strings.Repeat("[", 600), "FILE:1: values are nested too deep"},
		{"cursor", "\n[]", "FILE:2: the file holds something else than an object"},
		{"cursor", "{\n\"mcpServers\": [{\"name\": \"ms\"}]}", `FILE:2: "mcpServers" is something else than an object`},
		{"cursor", "{\n\"mcpServers\": null}", `FILE:2: "mcpServers" is something else than an object`},
		{"cursor", "{\"mcpServers\": {\n\"ms\": \"x\"}}", `FILE:2: "ms" is something else than an object`},
		{"cursor", "{\"mcpServers\": {},\n\"mcpServers\": {}}", `FILE:2: there are two of the name "mcpServers": which of them counts, nobody can tell`},
		{"cursor", "{\"mcpServers\": {\"ms\": {\"command\": \"a\",\n\"command\": \"b\"}}}", `FILE:2: there are two of the name "command": which of them counts, nobody can tell`},
		{"claude-desktop", "{\n// mine\n}", "FILE:2: there is a comment, which Claude Desktop does not read"},
		{"claude-desktop", "{\n\"a\": 1,\n}", "FILE:2: there is a comma after the last value, which Claude Desktop does not read"},
		{"codex", "a = 1\nb\n", "FILE:2: the file is no TOML: expected '.' or '=', but got '\\n' instead"},
		{"codex", "a = 1\nb = truesecret\n", "FILE:2: the file is no TOML: there is something that is no value"},
		{"codex", "a = 1\na = 2\n", "FILE:2: the file is no TOML: Key 'a' has already been defined."},
		{"codex", "\nmcp_servers = []\n", `FILE:2: "mcp_servers" is something else than a table`},
		{"codex", "[[mcp_servers.ms]]\n", `FILE:1: "mcp_servers.ms" is something else than a table`},
		{"codex", "\nmcp_servers = { a = {} }\n", "FILE:2: the entry is written in a way that this command cannot change safely"},
		{"codex", "\n[mcp_servers]\nms = { command = \"x\" }\n", "FILE:3: the entry is written in a way that this command cannot change safely"},
		{"codex", "\nmcp_servers.ms.command = \"x\"\n", "FILE:2: the entry is written in a way that this command cannot change safely"},
	} {
		after, err := named(t, test.client).Edit(test.before, ours)
		var broken *client.BrokenError
		if !errors.As(err, &broken) || err.Error() != test.want || !strings.Contains(broken.Hint(), "left alone") || after != "" {
			t.Errorf("%.80q:\ngot  %v\nwant %s", test.before, err, test.want)
		}
	}
	for _, test := range []struct{ client, before string }{
		{"codex", "\n[mcp_servers]\nms = { command = \"x\" }\n"},
		{"codex", "\nmcp_servers.ms.command = \"x\"\n"},
		{"cursor", `{"mcpServers": {"ms": 1, "ms": 2}}`},
		{"cursor", `{"mcpServers": 1}`},
	} {
		var broken *client.BrokenError
		if after, err := named(t, test.client).Undo(test.before, "ms"); !errors.As(err, &broken) {
			t.Errorf("uninstalled from %q: got %q, %v", test.before, after, err)
		}
	}
	if got, err := named(t, "cursor").Undo(`{"mcpServers": {"ms": 1}}`, "ms"); err != nil || got != `{"mcpServers": {}}` {
		t.Errorf("an entry that is no object goes: got %s, %v", got, err)
	}
}
