package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

func TestMCPGoClient(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, tenant *sandbox.Tenant, g target) {
		c := connect(t, g)
		t.Run("list", func(t *testing.T) {
			list, err := c.ListTools(within(t), mcp.ListToolsRequest{})
			if err != nil {
				t.Fatal(err)
			}
			named := func(name string) bool {
				return slices.ContainsFunc(list.Tools, func(tool mcp.Tool) bool { return tool.Name == name })
			}
			if !named("microsoft_graph") || !named("get_auth_status") {
				t.Errorf("got %d tools without microsoft_graph or get_auth_status", len(list.Tools))
			}
		})
		t.Run("call", func(t *testing.T) {
			checkGood(t, callGraph(t, c, goodPath))
		})
		t.Run("error", func(t *testing.T) {
			checkNotFound(t, callGraph(t, c, badPath))
		})
		t.Run("status", func(t *testing.T) {
			got := convert(t)(c.CallTool(within(t), toolRequest("get_auth_status", nil)))
			if got.IsError || got.Meta["profile"] != "e2e" {
				t.Errorf("isError %v, _meta %v:\n%s", got.IsError, got.Meta, got.text())
			}
		})
		t.Run("cancel", func(t *testing.T) {
			slow := newSlowRead(t, tenant)
			ctx, cancel := context.WithCancel(within(t))
			failed := make(chan error, 1)
			go func() {
				_, err := c.CallTool(ctx, toolRequest("microsoft_graph", map[string]any{"path": slow.path}))
				failed <- err
			}()
			await(t, slow.arrived, "the call reaches Graph")
			cancel()
			await(t, slow.left, "the request to Graph is cancelled")
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("the cancelled call gives %v", err)
			}
			checkGood(t, callGraph(t, c, goodPath))
		})
	})
}

// connect starts mcp-go's client on the target and makes it agree on the era's revision.
func connect(t *testing.T, g target) *client.Client {
	t.Helper()
	var way transport.Interface
	if g.stdio() {
		way = transport.NewStdioWithOptions(g.Command, nil, g.Args, transport.WithCommandFunc(
			func(_ context.Context, command string, _, args []string) (*exec.Cmd, error) {
				cmd := exec.Command(command, args...)
				cmd.Env = environment(t)
				for name, value := range g.Env {
					cmd.Env = append(cmd.Env, name+"="+value)
				}
				return cmd, nil
			}))
	} else {
		var err error
		way, err = transport.NewStreamableHTTP(g.URL, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + g.Key}))
		if err != nil {
			t.Fatal(err)
		}
	}
	c := client.NewClient(way, client.WithProtocolVersion(revisionOf(g.Era)))
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "e2e", Version: "1.0.0"}
	hello.Params.ProtocolVersion = revisionOf(g.Era)
	if _, err := c.Initialize(within(t), hello); err != nil {
		t.Fatal(err)
	}
	if got, want := c.ProtocolVersion(), revisionOf(g.Era); got != want {
		t.Fatalf("the client speaks %q, want %q", got, want)
	}
	return c
}

func toolRequest(name string, arguments map[string]any) mcp.CallToolRequest {
	var r mcp.CallToolRequest
	r.Params.Name = name
	r.Params.Arguments = arguments
	return r
}

func callGraph(t *testing.T, c *client.Client, path string) toolResult {
	t.Helper()
	return convert(t)(c.CallTool(within(t), toolRequest("microsoft_graph", map[string]any{"path": path})))
}

// convert brings mcp-go's result into the form that all clients' tests read.
func convert(t *testing.T) func(*mcp.CallToolResult, error) toolResult {
	return func(r *mcp.CallToolResult, err error) (got toolResult) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(encoded, &got)
		}
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
}
