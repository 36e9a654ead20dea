package client

import "slices"

// Client is a program that starts MCP servers, or calls them over HTTP, as its configuration file says.
type Client struct {
	Name  string // as on the command line: "claude-code"
	Title string // as its makers write it: "Claude Code"
	HTTP  bool   // its file can hold an address
	After string // what makes it notice a change

	files   func(Env) []string // the first that exists, else the first
	signs   func(Env) []string // what exists where the client is installed
	form    form
	maxFile int64
	// reference returns what the client replaces by a variable's value; nil where it has no such thing.
	reference func(variable string) string
	stdio     func(Client, Server) []field
	http      func(Client, Server) []field // nil where !HTTP
}

// All returns the clients that we know.
func All() []Client {
	return []Client{claudeDesktop(), claudeCode(), vsCode(), cursor(), windsurf(), codex(), gemini(), copilot(), zed(), openCode()}
}

// Named returns the client of that name.
func Named(name string) (Client, bool) {
	for _, c := range All() {
		if c.Name == name {
			return c, true
		}
	}
	return Client{}, false
}

// wanted returns the entry for s.
func (c Client) wanted(s Server) ([]field, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	switch {
	case s.URL != "" && c.http == nil:
		return nil, &Error{Problem: c.Title + " takes no address from its file",
			Remedy: "add it in Settings → Connectors, or install without --http"}
	case s.KeyEnv != "" && c.reference == nil:
		return nil, &Error{Problem: c.Title + " takes no key from an environment variable, and a key does not belong into a file",
			Remedy: "install without --http, or let people sign in ([http.oauth]) and leave out --key-env"}
	case len(s.Env) > 0 && c.reference == nil:
		return nil, &Error{Problem: c.Title + " hands on no variables by name",
			Remedy: "keep the secret in the keyring: microsoft-mcp-server secret set PROFILE"}
	case s.URL != "":
		return c.http(c, s), nil
	}
	return c.stdio(c, s), nil
}

// variables returns the settings that hand on variables.
func (c Client) variables(s Server) []field {
	var all []field
	for _, name := range slices.Compact(slices.Sorted(slices.Values(s.Env))) {
		all = append(all, field{name: name, value: c.reference(name)})
	}
	return all
}

// plain is the entry that most clients have for a program.
func plain(c Client, s Server) []field {
	fields := []field{{name: "command", value: s.Command}, {name: "args", value: s.Args}}
	if len(s.Env) > 0 {
		fields = append(fields, field{name: "env", value: c.variables(s)})
	}
	return fields
}

// typed is the same with the kind of transport.
func typed(c Client, s Server) []field {
	return append([]field{{name: "type", value: "stdio"}}, plain(c, s)...)
}

// address returns an entry for an address, called as the client calls it.
func address(name string, before ...field) func(Client, Server) []field {
	return func(c Client, s Server) []field {
		fields := append(before[:len(before):len(before)], field{name: name, value: s.URL})
		if s.KeyEnv != "" {
			key := field{name: "Authorization", value: "Bearer " + c.reference(s.KeyEnv)}
			fields = append(fields, field{name: "headers", value: []field{key}})
		}
		return fields
	}
}

// around returns a way to write a variable's name.
func around(before, after string) func(string) string {
	return func(name string) string { return before + name + after }
}

// inFolder says that a client is there where the folder of its file is.
func inFolder(at func(e Env, name ...string) string, file string) (files, signs func(Env) []string) {
	return func(e Env) []string { return []string{at(e, file)} }, func(e Env) []string { return []string{at(e)} }
}

// below returns paths below a folder that is found by one of Env's ways.
func below(way func(Env, ...string) string, folder ...string) func(Env, ...string) string {
	return func(e Env, name ...string) string {
		return way(e, append(folder[:len(folder):len(folder)], name...)...)
	}
}

// chosen is below, where a variable may name another folder.
func chosen(variable string, folder ...string) func(Env, ...string) string {
	return func(e Env, name ...string) string { return e.named(variable, e.home(folder...), name...) }
}

func typeHTTP() field { return field{name: "type", value: "http"} }

func claudeDesktop() Client {
	c := Client{Name: "claude-desktop", Title: "Claude Desktop", After: "quit Claude Desktop and start it again",
		form: jsonForm{path: []string{"mcpServers"}, reader: "Claude Desktop"}, maxFile: maxJSON, stdio: plain}
	c.files, c.signs = inFolder(below(Env.application, "Claude"), "claude_desktop_config.json")
	return c
}

func claudeCode() Client {
	// Its folder is the home, unless a variable names one.
	file := func(e Env) string { return e.named("CLAUDE_CONFIG_DIR", e.Home, ".claude.json") }
	return Client{Name: "claude-code", Title: "Claude Code", HTTP: true, After: "start a new session",
		form: jsonForm{path: []string{"mcpServers"}, reader: "Claude Code"}, maxFile: maxJSON,
		files:     func(e Env) []string { return []string{file(e)} },
		signs:     func(e Env) []string { return []string{file(e), e.home(".claude")} },
		reference: around("${", "}"), stdio: typed, http: address("url", typeHTTP())}
}

func vsCode() Client {
	c := Client{Name: "vscode", Title: "VS Code", HTTP: true, After: "start the server from the list of MCP servers",
		form: jsonForm{path: []string{"servers"}}, maxFile: maxJSON,
		reference: around("${env:", "}"), stdio: typed, http: address("url", typeHTTP())}
	c.files, c.signs = inFolder(below(Env.application, "Code", "User"), "mcp.json")
	return c
}

func cursor() Client {
	c := Client{Name: "cursor", Title: "Cursor", HTTP: true, After: "enable the server in Cursor's settings",
		form: jsonForm{path: []string{"mcpServers"}}, maxFile: maxJSON,
		reference: around("${env:", "}"), stdio: typed, http: address("url")}
	c.files, c.signs = inFolder(below(Env.home, ".cursor"), "mcp.json")
	return c
}

func windsurf() Client {
	c := Client{Name: "windsurf", Title: "Windsurf", HTTP: true, After: "refresh the list of MCP servers",
		form: jsonForm{path: []string{"mcpServers"}}, maxFile: maxJSON,
		reference: around("${env:", "}"), stdio: plain, http: address("serverUrl")}
	c.files, c.signs = inFolder(below(Env.home, ".codeium", "windsurf"), "mcp_config.json")
	return c
}

func codex() Client {
	c := Client{Name: "codex", Title: "Codex", HTTP: true, After: "start a new session",
		form: tomlForm{table: "mcp_servers"}, maxFile: maxTOML,
		// It has settings for names of variables, and replaces nothing inside of a value.
		reference: around("", ""),
		stdio: func(_ Client, s Server) []field {
			fields := []field{{name: "command", value: s.Command}, {name: "args", value: s.Args}}
			if len(s.Env) > 0 {
				fields = append(fields, field{name: "env_vars", value: slices.Compact(slices.Sorted(slices.Values(s.Env)))})
			}
			return fields
		},
		http: func(_ Client, s Server) []field {
			fields := []field{{name: "url", value: s.URL}}
			if s.KeyEnv != "" {
				fields = append(fields, field{name: "bearer_token_env_var", value: s.KeyEnv})
			}
			return fields
		}}
	c.files, c.signs = inFolder(chosen("CODEX_HOME", ".codex"), "config.toml")
	return c
}

func gemini() Client {
	c := Client{Name: "gemini-cli", Title: "Gemini CLI", HTTP: true, After: "start a new session",
		form: jsonForm{path: []string{"mcpServers"}}, maxFile: maxJSON,
		reference: around("${", "}"), stdio: plain, http: address("httpUrl")}
	c.files, c.signs = inFolder(below(Env.home, ".gemini"), "settings.json")
	return c
}

func copilot() Client {
	tools := field{name: "tools", value: []string{"*"}, weak: true} // without it, none is used
	c := Client{Name: "copilot-cli", Title: "Copilot CLI", HTTP: true, After: "start a new session",
		form: jsonForm{path: []string{"mcpServers"}}, maxFile: maxJSON,
		reference: around("${", "}"),
		stdio: func(c Client, s Server) []field {
			return append(append([]field{{name: "type", value: "local"}}, plain(c, s)...), tools)
		},
		http: func(c Client, s Server) []field { return append(address("url", typeHTTP())(c, s), tools) }}
	c.files, c.signs = inFolder(chosen("COPILOT_HOME", ".copilot"), "mcp-config.json")
	return c
}

func zed() Client {
	c := Client{Name: "zed", Title: "Zed", HTTP: true, After: "Zed notices by itself",
		form: jsonForm{path: []string{"context_servers"}}, maxFile: maxJSON, stdio: plain, http: address("url")}
	c.files, c.signs = inFolder(func(e Env, name ...string) string {
		switch e.OS {
		case "windows":
			return e.application(append([]string{"Zed"}, name...)...)
		case "darwin":
			return e.home(append([]string{".config", "zed"}, name...)...)
		}
		return e.config(append([]string{"zed"}, name...)...)
	}, "settings.json")
	return c
}

func openCode() Client {
	enabled := field{name: "enabled", value: true, weak: true}
	folder := below(Env.config, "opencode")
	return Client{Name: "opencode", Title: "OpenCode", HTTP: true, After: "start a new session",
		form: jsonForm{path: []string{"mcp"}}, maxFile: maxJSON,
		files:     func(e Env) []string { return []string{folder(e, "opencode.json"), folder(e, "opencode.jsonc")} },
		signs:     func(e Env) []string { return []string{folder(e)} },
		reference: around("{env:", "}"),
		stdio: func(c Client, s Server) []field {
			fields := []field{{name: "type", value: "local"}, {name: "command", value: append([]string{s.Command}, s.Args...)}}
			if len(s.Env) > 0 {
				fields = append(fields, field{name: "environment", value: c.variables(s)})
			}
			return append(fields, enabled)
		},
		http: func(c Client, s Server) []field {
			fields := address("url", field{name: "type", value: "remote"})(c, s)
			if s.KeyEnv != "" {
				fields = append(fields, field{name: "oauth", value: false}) // it would ask for a sign-in first
			}
			return append(fields, enabled)
		}}
}
