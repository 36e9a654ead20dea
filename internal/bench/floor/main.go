// Command floor is the yardstick of the benchmarks: the least that an mcp-go server needs to lead a model to
// Microsoft Graph. One tool passes Graph's bytes through a plain HTTP client: no checks, no policy, no token
// renewal, no log, no trimming. What the product costs beyond it is the price of what the product does.
//
// What carries the calls is the product's: the same library in both eras of the protocol, as many calls at once over
// stdio, the same waits and bounds of the HTTP server, connections kept on both sides. The garbage collector is as Go has
// it; that the product's runs less often is one of the product's own decisions.
//
//	floor stdio
//	floor http [--listen ADDR]
//
// FLOOR_GRAPH is the root that paths are added to (https://graph.microsoft.com/v1.0), FLOOR_TOKEN the bearer
// token. It trusts what the machine trusts (SSL_CERT_FILE).
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Calls that are answered at once and that may wait over stdio, as many as the product takes.
const (
	stdioWorkers = 100
	stdioQueue   = 10_000
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no transport: say stdio or http")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "`address` of the HTTP endpoint")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	s := newServer(os.Getenv("FLOOR_GRAPH"), os.Getenv("FLOOR_TOKEN"))
	switch args[0] {
	case "stdio":
		over := server.NewStdioServer(s)
		// As the product has it: with the library's five workers most callers would only wait for each other.
		server.WithWorkerPoolSize(stdioWorkers)(over)
		server.WithQueueSize(stdioQueue)(over)
		return over.Listen(ctx, os.Stdin, os.Stdout)
	case "http":
		return serveHTTP(s, *listen)
	default:
		return fmt.Errorf("unknown transport %q: say stdio or http", args[0])
	}
}

func serveHTTP(s *server.MCPServer, address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", server.NewStreamableHTTPServer(s))
	fmt.Fprintf(os.Stderr, "listening on http://%s/mcp\n", l.Addr())
	// As the product's server is set: the same waits and bounds, and connections are kept.
	return (&http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 120 * time.Second,
		MaxHeaderBytes: 32 << 10}).Serve(l)
}

func newServer(root, token string) *server.MCPServer {
	s := server.NewMCPServer("floor", "0", server.WithToolCapabilities(false))
	tool := mcp.NewTool("microsoft_graph",
		mcp.WithDescription("Calls Microsoft Graph."),
		mcp.WithString("path", mcp.Required(), mcp.Description("The path, with its query.")))
	s.AddTool(tool, func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		path, err := r.RequireString("path")
		if err != nil {
			return nil, err
		}
		body, err := get(ctx, root+path, token)
		if err != nil {
			return mcp.NewToolResultError(err.Error()), nil
		}
		return mcp.NewToolResultText(body), nil
	})
	return s
}

func get(ctx context.Context, url, token string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var body strings.Builder
	if _, err := io.Copy(&body, res.Body); err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", res.Status, body.String())
	}
	return body.String(), nil
}
