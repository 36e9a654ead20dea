package client_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
)

// FuzzJSON: whatever the file holds, install refuses it or makes a file that says the same of all else; and uninstall
// then gives back the file, or one that says the same, with an empty object where the entry was.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "{\"mcpServers\":{}}", "{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}", "{\n\t\"a\": [1, -2.5e3, true, null], // c\n\t\"mcpServers\": {\n\t\t\"b\": {},\n\t},\n}\n",
		"{\"mcpServers\":{\"ms\":{\"url\":\"https://h\",\"headers\":{\"Authorization\":\"x\"}}}}", "{\r\n\"mcpServers\"/**/:/**/{/**/}/**/,\r\n}", "{\"mcpServers\":{\"ms\":{\"command\":\"\",\"type\":\"x\",},\"z\":1}}",
		"{\"mcpServers\":{\"a\":{}//\n}}", "{\"mcpServers\":{\"a\":{} /* x */, // y\n /* z */ }}", "{\"mcpServers\":{//\n\"ms\":{}}}", "{\"mcpServers\":{\n\"b\":1,//x\n\"ms\":{} }}", "{\"mcpServers\":{\n\"b\":1,//x\n\"c//\":{} }}", "\uFEFF{ \"x\": \"\\u0041\" }", "[]", "{\"a\":1,\"a\":2}",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, overHTTP bool) {
		c, s := named(t, "cursor"), ours
		if overHTTP {
			s = client.Server{Name: "ms", URL: "https://h/mcp", KeyEnv: "KEY"}
		}
		after, err := c.Edit(text, s)
		if err != nil {
			return
		}
		before, wasJSON := standard(text)
		now, isJSON := standard(after)
		if !wasJSON || !isJSON {
			t.Fatalf("%q became %q; readable before: %v, now: %v", text, after, wasJSON, isJSON)
		}
		entry := takeEntry(now, "mcpServers")
		old := takeEntry(before, "mcpServers")
		if entry == nil || !reflect.DeepEqual(before, now) {
			t.Fatalf("%q became %q", text, after)
		}
		if again, err := c.Edit(after, s); err != nil || again != after {
			t.Fatalf("%q became %q, and then %q, %v", text, after, again, err)
		}
		back, err := c.Undo(after, "ms")
		if err != nil {
			t.Fatalf("%q became %q, and cannot go back: %v", text, after, err)
		}
		if then, ok := standard(back); !ok || takeEntry(then, "mcpServers") != nil || !reflect.DeepEqual(then, before) {
			t.Fatalf("%q became %q, and then %q", text, after, back)
		}
		// Where there was an object with something in it, nothing but our own bytes may come and go.
		if servers, _ := before["mcpServers"].(map[string]any); old == nil && len(servers) > 0 && back != text {
			t.Fatalf("%q became %q, and then %q", text, after, back)
		}
	})
}

// takeEntry takes our entry out of a tree, and an object that is empty then; it returns what it was.
func takeEntry(tree map[string]any, table string) any {
	servers, _ := tree[table].(map[string]any)
	entry := servers["ms"]
	delete(servers, "ms")
	if len(servers) == 0 {
		delete(tree, table)
	}
	return entry
}

// standard reads JSON with comments and trailing commas in another way than the room does: by blanking them.
func standard(text string) (map[string]any, bool) {
	b := []byte(strings.TrimPrefix(text, "\uFEFF"))
	if strings.TrimSpace(string(b)) == "" {
		return map[string]any{}, true
	}
	comma := -1
	for at := 0; at < len(b); at++ {
		switch {
		case b[at] == '"':
			for at++; at < len(b) && b[at] != '"'; at++ {
				if b[at] == '\\' {
					at++
				}
			}
			comma = -1
		case strings.HasPrefix(string(b[at:]), "//"), strings.HasPrefix(string(b[at:]), "/*"):
			end := strings.Index(string(b[at+2:]), map[byte]string{'/': "\n", '*': "*/"}[b[at+1]])
			stop := len(b)
			if end >= 0 {
				stop = at + 2 + end
				if b[at+1] == '*' {
					stop += 2
				}
			}
			for ; at < stop; at++ {
				b[at] = ' '
			}
			at--
		case b[at] == ',':
			comma = at
		case (b[at] == '}' || b[at] == ']') && comma >= 0:
			b[comma] = ' '
			comma = -1
		case strings.IndexByte(" \t\r\n", b[at]) < 0:
			comma = -1
		}
	}
	tree := map[string]any{}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	err := d.Decode(&tree)
	return tree, err == nil && tree != nil
}

// FuzzTOML is the same for Codex.
func FuzzTOML(f *testing.F) {
	for _, seed := range []string{
		"", "a = 1", "[mcp_servers.a]\ncommand = 'x'\n", "[mcp_servers.ms]\ncommand = \"\"\"\n[x]\n\"\"\" # c\n\n[mcp_servers.ms.env]\nA = 'b'\n[z]\nq = [ # d\n 1, { b = '''\n''' },\n]\r\n",
		"[mcp_servers]\nms.url = 'x'\n", "mcp_servers.a.b = 1\n", "[ mcp_servers . \"ms\" ]#\nurl='h'\nbearer_token_env_var='x'", "[[x]]\na=1\n[[x]]\n[mcp_servers.\"a.b\"]\n", "[mcp_servers.ms.env]\nX='1'\n[mcp_servers.ms]\ncommand='q'\nargs=[]\n",
		"\uFEFFa=1", "[mcp_servers.ms]", "x = 1979-05-27 07:32:00\n\n\n", "'' = 1\n", "a = \"\"\"\"\"\"\"\n", "\uFEFF\uFEFF",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, overHTTP bool) {
		if !utf8.ValidString(text) {
			return // refused when it is read; the library would take UTF-16's mark for none
		}
		c, s := named(t, "codex"), ours
		if overHTTP {
			s = client.Server{Name: "ms", URL: "https://h/mcp", KeyEnv: "KEY"}
		}
		after, err := c.Edit(text, s)
		if err != nil {
			return
		}
		before, wasTOML := tree(text)
		now, isTOML := tree(after)
		if !wasTOML || !isTOML {
			t.Fatalf("%q became %q; readable before: %v, now: %v", text, after, wasTOML, isTOML)
		}
		entry, old := takeEntry(now, "mcp_servers"), takeEntry(before, "mcp_servers")
		if entry == nil || !reflect.DeepEqual(before, now) {
			t.Fatalf("%q became %q", text, after)
		}
		if again, err := c.Edit(after, s); err != nil || again != after {
			t.Fatalf("%q became %q, and then %q, %v", text, after, again, err)
		}
		back, err := c.Undo(after, "ms")
		if old == nil && err != nil {
			t.Fatalf("%q became %q, and cannot go back: %v", text, after, err)
		}
		if then, ok := tree(back); err == nil && (!ok || takeEntry(then, "mcp_servers") != nil || !reflect.DeepEqual(then, before)) {
			t.Fatalf("%q became %q, and then %q", text, after, back)
		}
		if old == nil && back != text && strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF")) != "" {
			t.Fatalf("%q became %q, and then %q", text, after, back)
		}
	})
}

func tree(text string) (map[string]any, bool) {
	tree := map[string]any{}
	_, err := toml.Decode(strings.TrimPrefix(text, "\uFEFF"), &tree)
	return tree, err == nil
}
