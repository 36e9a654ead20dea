package e2e

import (
	"crypto/rand"
	"os"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The eras of the protocol, by the names that the Inspector uses, and their newest revisions.
const (
	legacy = "legacy"
	modern = "modern"

	legacyRevision = "2025-11-25"
	modernRevision = "2026-07-28"
)

// A target is a server as a client sees it: a command to start or a URL. The JavaScript programs get it as JSON.
type target struct {
	Era     string            `json:"era"`
	Command string            `json:"command,omitempty"`
	Args    []string          `json:"args,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	URL     string            `json:"url,omitempty"`
	Key     string            `json:"key,omitempty"`
}

func (g target) stdio() bool { return g.URL == "" }

// eachWay runs a test over both transports and in both eras, against one tenant and one HTTP server.
func eachWay(t *testing.T, test func(t *testing.T, tenant *sandbox.Tenant, g target)) {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	eachWayTo(t, tenant, sandboxtest.Profile(t, tenant, "e2e"), test)
}

// eachWayTo does so with a tenant and a configuration of the test's own.
func eachWayTo(t *testing.T, tenant *sandbox.Tenant, config string, test func(t *testing.T, tenant *sandbox.Tenant, g target)) {
	t.Helper()
	key := rand.Text()
	web := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config, "MCP_API_KEY="+key), "http", "--listen", "127.0.0.1:0")
	overHTTP := target{URL: web.endpoint(t), Key: key}
	home := t.TempDir()
	overStdio := target{
		Command: binary, Args: []string{"stdio"},
		Env: map[string]string{"MICROSOFT_MCP_CONFIG": config, "HOME": home, "XDG_CONFIG_HOME": home, "PATH": os.Getenv("PATH")},
	}
	// The server and the tenant outlive the parallel subtests: cleanups run after those have ended.
	for name, g := range map[string]target{"stdio": overStdio, "http": overHTTP} {
		for _, era := range []string{legacy, modern} {
			g.Era = era
			t.Run(name+" "+era, func(t *testing.T) {
				t.Parallel()
				test(t, tenant, g)
			})
		}
	}
}

// Paths of the tenant: one that an app may read, and a person that it does not have.
const (
	goodPath = "/users?$top=2&$select=id,displayName"
	badPath  = "/users/nobody@nowhere.example"
)
