package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// Client is an MCP client, for the commands that show or try what the server does.
type Client struct {
	inner    *client.Client
	protocol string
	reports  reports
}

// Dial connects to a server over streamable HTTP; key may be empty.
func Dial(ctx context.Context, url, key string) (*Client, error) {
	options := []transport.StreamableHTTPCOption{transport.WithHTTPBasicClient(&http.Client{Timeout: 5 * time.Minute})}
	if key != "" {
		options = append(options, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + key}))
	}
	inner, err := client.NewStreamableHttpClient(url, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", url, err)
	}
	return start(ctx, inner)
}

// Local connects to a server of its own inside this process.
func Local(ctx context.Context, c Config) (*Client, error) {
	c = c.withDefaults()
	inner, err := client.NewInProcessClient(newServer(c, c.Profiles, newConfirmations(c.Shared, c.Sealer), nil))
	if err != nil {
		return nil, fmt.Errorf("starting a server: %w", err)
	}
	return start(ctx, inner)
}

func start(ctx context.Context, inner *client.Client) (*Client, error) {
	if err := inner.Start(ctx); err != nil {
		return nil, fmt.Errorf("starting the connection: %w", err)
	}
	request := mcp.InitializeRequest{}
	request.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	request.Params.ClientInfo = mcp.Implementation{Name: Name + "-client", Version: "1"}
	hello, err := inner.Initialize(ctx, request)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("greeting the server: %w", err), inner.Close())
	}
	c := &Client{inner: inner, protocol: hello.ProtocolVersion}
	inner.OnNotification(c.reports.take)
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.inner.Close() }

// Protocol returns the version of the protocol that was agreed on.
func (c *Client) Protocol() string { return c.protocol }

// Tools returns the names of the server's tools.
func (c *Client) Tools(ctx context.Context) ([]string, error) {
	list, err := c.inner.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, fmt.Errorf("listing the tools: %w", err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names, nil
}

// Answer is the result of a tool call.
type Answer struct {
	Text    string
	IsError bool
	Meta    map[string]any
}

// Call calls a tool with a JSON object of arguments.
func (c *Client) Call(ctx context.Context, tool string, arguments json.RawMessage) (Answer, error) {
	return c.CallWith(ctx, tool, arguments, nil)
}

// CallWith is Call, and tells progress how far the call is, where the server does; from another goroutine, one at a time, and
// not any more once CallWith has returned. Where progress is nil, the server is not asked to tell.
func (c *Client) CallWith(ctx context.Context, tool string, arguments json.RawMessage, progress func(Progress)) (Answer, error) {
	request := mcp.CallToolRequest{}
	request.Params.Name = tool
	if len(arguments) > 0 {
		request.Params.Arguments = arguments
	}
	if progress != nil {
		token := c.reports.begin(progress)
		defer c.reports.end(token)
		request.Params.Meta = &mcp.Meta{ProgressToken: token}
	}
	result, err := c.inner.CallTool(ctx, request)
	if err != nil {
		return Answer{}, fmt.Errorf("calling %s: %w", tool, err)
	}
	answer := Answer{IsError: result.IsError}
	if result.Meta != nil {
		answer.Meta = result.Meta.AdditionalFields
	}
	for _, content := range result.Content {
		if text, ok := content.(mcp.TextContent); ok {
			answer.Text += text.Text
		}
	}
	return answer, nil
}
