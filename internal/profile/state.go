package profile

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

const defaultPrefix = "microsoft-mcp-server:"

// state returns where replicas keep what they share. What is written about it without a url would be ignored in
// silence, and is refused.
func (l *loader) state() State {
	r := l.raw.State
	b := &builder{loader: l, key: "state"}
	s := State{Username: r.Username, Prefix: defaultPrefix, CAFile: b.path("ca_file", r.CAFile),
		Password: b.serverSecret("password", r.Password), Key: b.serverSecret("key", r.Key)}
	if r.Prefix != "" {
		s.Prefix = r.Prefix
	}
	for i, old := range r.OldKeys {
		s.OldKeys = append(s.OldKeys, b.serverSecret(indexKey("old_keys", i), old))
	}
	if r.URL == "" {
		if r.Username != "" || r.Prefix != "" || r.CAFile != "" || r.Password != nil || r.Key != nil || r.OldKeys != nil {
			b.fail("url", `write url = "rediss://HOST:6379", or remove the table to keep state in memory`, "is missing")
		}
		return State{}
	}
	s.URL = b.storeURL(r)
	if r.Key == nil {
		b.fail("key", `make one with "openssl rand -base64 32", put it into a file that only you can read, and write key = { file = "PATH" }`,
			"is missing: what is stored is sealed")
	}
	if len(s.Prefix) > 64 || hasBlank(s.Prefix) {
		b.fail("prefix", "write up to 64 characters without blanks", "is not a prefix of keys")
	}
	return s
}

// serverSecret returns a secret that is the server's, and not a profile's, which `secret set` stores.
func (b *builder) serverSecret(field string, r *fileSecret) Secret {
	s := b.secret(field, r)
	if s.Vault || s.Keyring {
		b.fail(field+".from", "name another source with env, file, command or systemd", "all replicas need it, and what a person stores is on one machine and of one profile")
	}
	return s
}

// storeURL returns the URL of a Redis or Valkey server. Whatever else such a URL can say has a key of its own here.
func (b *builder) storeURL(r fileState) string {
	const field, remedy = "url", "write redis://HOST:6379, rediss://HOST:6379 (TLS) or unix:///PATH"
	u, err := url.Parse(r.URL)
	if err != nil || hasBlank(r.URL) {
		b.fail(field, remedy, "is not a URL")
		return ""
	}
	_, hasPassword := u.User.Password()
	database := strings.TrimPrefix(u.Path, "/")
	if number, ok := strings.CutPrefix(u.RawQuery, "db="); ok && u.Scheme == "unix" && isNumber(number) {
		u.RawQuery = "" // a path may end in anything
	}
	switch {
	case hasPassword:
		b.fail(field, `remove it there, put it into a file that only you can read, and write password = { file = "PATH" }`, "holds a password")
	case u.User != nil:
		b.fail(field, `write it as username = "NAME"`, "holds a user")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "":
		b.fail(field, remedy, "holds more than a server and the number of a database")
	case u.Scheme == "unix" && u.Host == "" && filepath.IsAbs(filepath.FromSlash(u.Path)):
	case u.Scheme != "redis" && u.Scheme != "rediss", !isAuthority(u.Host):
		b.fail(field, remedy, "is not the URL of a Redis or Valkey server")
	case database != "" && !isNumber(database):
		b.fail(field, remedy+"; /N behind it is the number of a database", "does not end in the number of a database")
	}
	if r.CAFile != "" && u.Scheme != "rediss" {
		b.fail("ca_file", "write rediss:// in url, or remove ca_file", "has no meaning without TLS")
	}
	return r.URL
}

// isNumber reports whether s is how a number from 0 is written.
func isNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && strconv.Itoa(n) == s
}
