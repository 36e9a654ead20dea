package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// A contender is a server program that is measured. Both have the tool microsoft_graph with the parameter path.
type contender struct {
	name   string
	binary string
	env    []string
	stdio  []string // arguments
	http   []string // arguments
	key    string   // of the HTTP endpoint, "" for none
}

// upstream is the running server of fixed answers.
type upstream struct {
	URL, CA, Token string
	caFile         string
	scratch        string
	stdin          io.Closer
	cmd            *exec.Cmd
}

// withUpstream does what needs one, in a scratch folder of its own.
func withUpstream(ctx context.Context, bin string, do func(*upstream) error) error {
	scratch, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	up, err := startUpstream(ctx, bin, scratch)
	if err != nil {
		return fmt.Errorf("starting upstream: %w", err)
	}
	defer up.stop()
	return do(up)
}

func startUpstream(ctx context.Context, bin, scratch string) (*upstream, error) {
	up := &upstream{scratch: scratch, caFile: filepath.Join(scratch, "ca.pem")}
	up.cmd = exec.CommandContext(ctx, program(bin, "upstream"))
	up.cmd.Stderr = os.Stderr
	stdin, err := up.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	up.stdin = stdin
	stdout, err := up.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := up.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, up)
	}
	if err == nil {
		err = os.WriteFile(up.caFile, []byte(up.CA), 0o600)
	}
	if err == nil {
		err = writeProfile(up)
	}
	if err != nil {
		up.stop()
		return nil, err
	}
	return up, nil
}

// stop ends the upstream and waits for it.
func (up *upstream) stop() {
	up.stdin.Close()
	_ = up.cmd.Wait()
}

// files is the folder that the product may read files from and write them to.
func (up *upstream) files() string { return filepath.Join(up.scratch, "files") }

func (up *upstream) profile() string { return filepath.Join(up.scratch, "config.toml") }

// writeProfile writes a configuration with everything on that a deployment has on: a policy, an access rule,
// the rate limit (too high to be reached).
func writeProfile(up *upstream) error {
	secret := filepath.Join(up.scratch, "secret")
	if err := os.WriteFile(secret, []byte("benchmark"), 0o600); err != nil {
		return err
	}
	if err := os.MkdirAll(up.files(), 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf(`default_profile = "bench"
[profiles.bench]
auth_mode = "clientCredentials"
tenant_id = "11111111-2222-3333-4444-555555555555"
client_id = "66666666-7777-8888-9999-000000000000"
access = "read-write"
folders = [%[3]q]
cloud = { authority = %[1]q, graph = %[1]q }
[profiles.bench.credential]
client_secret = { file = %[2]q }
[profiles.bench.policy]
allow = ["GET /**", "POST /users/*/sendMail", "PATCH /users/*", "PUT /drives/**", "POST /$batch", "POST /drives/**/createUploadSession"]
deny = ["* /auditLogs/**", "* /identity/**"]
confirm = ["DELETE /**"]
[http]
rate_limit = 1000000
`, up.URL, secret, up.files())
	return os.WriteFile(up.profile(), []byte(text), 0o600)
}

func floorOf(bin string, up *upstream) contender {
	return contender{
		name: "floor", binary: program(bin, "floor"),
		env:   []string{"FLOOR_GRAPH=" + up.URL + "/v1.0", "FLOOR_TOKEN=" + up.Token, "SSL_CERT_FILE=" + up.caFile},
		stdio: []string{"stdio"}, http: []string{"http", "--listen", "127.0.0.1:0"},
	}
}

func productOf(bin string, up *upstream) contender {
	key := rand.Text()
	return contender{
		name: "product", binary: program(bin, "microsoft-mcp-server"),
		env: []string{
			"MICROSOFT_MCP_CONFIG=" + up.profile(), "MCP_API_KEY=" + key, "HOME=" + up.scratch, "SSL_CERT_FILE=" + up.caFile,
		},
		stdio: []string{"stdio"}, http: []string{"http", "--listen", "127.0.0.1:0"},
		key: key,
	}
}

func program(bin, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(bin, name)
}
