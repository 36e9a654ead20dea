package client

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// Server is what an entry says: how a client starts us, or where it reaches us.
type Server struct {
	Name string // the entry's name in the client

	// Over stdio.
	Command string   // absolute path of the program
	Args    []string // must hold no secret
	Env     []string // names of variables that the client is to hand on

	// Over HTTP, where Command is "".
	URL    string
	KeyEnv string // name of the variable that holds the API key; "" for none
}

// Names that every client takes, and that need no quotes in TOML; and our own API keys, which people paste where a variable's
// name belongs. Servers start without ever needing the patterns.
var (
	entryName    = late(`^[A-Za-z0-9_-]{1,64}$`)
	variableName = late(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	looksLikeKey = late(`mcp_[A-Za-z0-9_-]{40}`)
)

// late compiles a pattern when it is first needed: counted repetitions take long.
func late(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// mostText bounds a text of an entry, in bytes: no path and no list of profiles is longer.
const mostText = 8 << 10

// Check refuses what must not get into a file, a secret above all. It repeats nothing that could be one. The error is an
// *Error.
func (s Server) Check() error {
	if !entryName().MatchString(s.Name) {
		return &Error{Problem: "that is not a name for an entry", Remedy: "use 1 to 64 letters, digits, hyphens and underscores"}
	}
	for _, text := range append([]string{s.Name, s.Command, s.URL, s.KeyEnv}, append(s.Args, s.Env...)...) {
		switch {
		case len(text) > mostText:
			return &Error{Problem: "the entry would hold a text that is longer than any path", Remedy: "use a shorter one"}
		case looksLikeKey().MatchString(text):
			return &Error{Problem: "an API key would be written into the file", Remedy: "put the key into an environment variable, and name the variable with --key-env"}
		case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }):
			return &Error{Problem: "the entry would hold characters that are not text", Remedy: "use a path and arguments without them"}
		case strings.Contains(text, "${") || strings.Contains(text, "{env:"):
			return &Error{Problem: "the entry would hold what clients replace by a variable's value", Remedy: "use a path, arguments and an address without ${ and {env:"}
		}
	}
	for _, name := range append([]string{s.KeyEnv}, s.Env...) {
		if name != "" && !variableName().MatchString(name) {
			return &Error{Problem: "that is not the name of an environment variable", Remedy: "name the variable, as in --key-env MCP_KEY: never its value"}
		}
	}
	switch {
	case (s.Command == "") == (s.URL == ""):
		return &Error{Problem: "an entry needs either a program or an address", Remedy: "give an address with --http, or none to start the program"}
	case s.URL != "":
		return checkURL(s.URL, s.KeyEnv != "")
	case s.KeyEnv != "":
		return &Error{Problem: "a key is for an address", Remedy: "give the address with --http"}
	}
	return nil
}

func checkURL(address string, keyed bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return &Error{Problem: "that is not an address", Remedy: "write it whole, as in https://mcp.example.com/mcp"}
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return &Error{Problem: "the address has more than host and path, which could be a secret", Remedy: "write it as in https://mcp.example.com/mcp, and name the key's variable with --key-env"}
	case u.Scheme == "http" && keyed && !isLoopback(u.Hostname()):
		return &Error{Problem: "the key would travel unencrypted", Remedy: "use an https address"}
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
