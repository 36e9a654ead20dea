package cli

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// demoName is the profile's name in the demonstration.
const demoName = "demo"

const demoListen = "127.0.0.1:8080"

func newDemo(o *options) *cobra.Command {
	var stdio, once bool
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Serve an embedded tenant: no account, no set-up",
		Long: `Serve an embedded tenant: a simulated Microsoft Entra and Microsoft Graph of an invented company.

It shows one MCP exchange through everything that a real tenant would use, then serves: over HTTP on loopback,
or with --stdio to the client that started it. Nothing leaves the machine and nothing is kept.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.runDemo(cmd.Context(), demoOptions{stdio: stdio, once: once, listen: listen})
		},
	}
	cmd.Flags().BoolVar(&stdio, "stdio", false, "serve the client on standard input and output")
	cmd.Flags().BoolVar(&once, "once", false, "show the exchange and end")
	cmd.Flags().StringVar(&listen, "listen", "", "address to listen on (default "+demoListen+", or any free port where that is taken)")
	return cmd
}

type demoOptions struct {
	stdio, once bool
	listen      string
	folder      string // for files, over stdio
}

func (o *options) runDemo(ctx context.Context, d demoOptions) error {
	if d.listen != "" && !door.IsLoopback(d.listen) {
		return usagef("--listen %s: the demonstration asks for no key, so it listens on loopback alone", d.listen)
	}
	tenant, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return fmt.Errorf("starting the embedded tenant: %w", err)
	}
	defer tenant.Close()
	if d.stdio { // a client of this machine gets its files here, until the demonstration ends
		if d.folder, err = os.MkdirTemp("", "microsoft-mcp-server-demo-*"); err != nil {
			return fmt.Errorf("making a folder for files: %w", err)
		}
		defer os.RemoveAll(d.folder)
	}
	a, err := o.assembleDemo(tenant, d)
	if err != nil {
		return err
	}
	defer a.close()
	if d.stdio {
		return mcp.ServeStdio(ctx, alone(a.config), o.env.Stdin, o.env.Stdout)
	}
	return o.serveDemo(ctx, a, d)
}

// assembleDemo wires one profile to the embedded tenant, as assemble does for configured ones.
func (o *options) assembleDemo(tenant *sandbox.Tenant, d demoOptions) (*assembly, error) {
	log, err := o.log(serverLevel)
	if err != nil {
		return nil, err
	}
	if !d.stdio && o.logLevel == "" { // the exchange is what is to be read
		log = slog.New(slog.DiscardHandler)
	}
	recorded := o.env.Stderr
	if !d.stdio { // what is to be read is the exchange; over stdio, the client keeps standard error
		recorded = io.Discard
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(tenant.CA()) {
		return nil, errors.New("the embedded tenant has no certificate")
	}
	transport := newTransport()
	transport.TLSClientConfig.RootCAs = roots
	rules, err := policy.New(policy.Rules{ReadWrite: true})
	if err != nil {
		return nil, err
	}
	p := profile.Profile{
		Name: demoName, AuthMode: profile.ClientCredentials, TenantID: sandbox.TenantID, ClientID: sandbox.ClientID, Access: profile.ReadWrite,
		AppScopes:  []string{tenant.GraphURL() + "/.default"},
		Cloud:      profile.Cloud{Name: profile.CustomCloud, Authority: tenant.LoginURL(), Graph: tenant.GraphURL(), ResourceManager: tenant.ResourceManagerURL()},
		Credential: profile.Credential{Kind: profile.ClientSecret}, SharePoint: profile.SharePoint{SearchRegion: "NAM"},
	}
	use := overHTTP
	if d.stdio {
		use, p.Folders = overStdio, []string{d.folder}
	}
	a := &assembly{config: mcp.Config{Version: version(), Log: log}, known: inMemory(log)}
	return a, o.add(a, part{profile: p, rules: rules, transport: transport, secret: tenantSecret{tenant}, log: log,
		audit: audit.ToWriter(recorded, log)}, use)
}

// tenantSecret is the embedded app's secret, made at each start.
type tenantSecret struct{ tenant *sandbox.Tenant }

func (s tenantSecret) Read(context.Context) (secret.Text, error) {
	return secret.NewText(s.tenant.ClientSecret()), nil
}

func (o *options) serveDemo(ctx context.Context, a *assembly, d demoOptions) error {
	l, err := demoListener(d)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	h := mcp.NewHandler(mcp.HTTPConfig{Config: alone(a.config), Rules: door.Rules{Listen: l.Addr().String(), MaxBody: 4 << 20, MaxConcurrent: 64}, Ready: a.ready})
	served := make(chan error, 1)
	go func() { served <- door.Serve(ctx, l, h, grace) }()
	err = showExchange(ctx, o.env.Stdout, o.screen(o.env.Stdout), endpoint(l, false))
	if err != nil || d.once {
		stop()
		return errors.Join(err, <-served)
	}
	fmt.Fprintf(o.env.Stdout, demoInvitation, endpoint(l, false))
	return <-served
}

func demoListener(d demoOptions) (net.Listener, error) {
	if d.listen != "" {
		return listenOn(d.listen)
	}
	if d.once {
		return listenOn("127.0.0.1:0")
	}
	l, err := listenOn(demoListen)
	if err != nil {
		return listenOn("127.0.0.1:0")
	}
	return l, nil
}

const demoInvitation = `
Serving the embedded tenant at %[1]s until you press Ctrl-C. Connect a client:

  Claude Code     claude mcp add --transport http microsoft-demo %[1]s
  VS Code         code --add-mcp '{"name":"microsoft-demo","type":"http","url":"%[1]s"}'
  MCP Inspector   npx @modelcontextprotocol/inspector --cli --server-url %[1]s --transport http --method tools/list

  Claude Desktop starts it by itself; in claude_desktop_config.json:
  {"mcpServers": {"microsoft-demo": {"command": "microsoft-mcp-server", "args": ["demo", "--stdio"]}}}
`

// demoCalls are the calls that the demonstration shows.
var demoCalls = []struct{ tool, arguments, why string }{
	{"get_auth_status", `{}`, "Who are we? A token comes from the simulated Entra."},
	{"microsoft_graph", `{"path": "/users", "queryParams": {"$filter": "startswith(displayName,'A')", "$select": "displayName,jobTitle,mail", "$top": "3"}}`, "Three people whose names begin with A."},
	{"sharepoint_search", `{"query": "Halcyon battery", "fileTypes": ["docx"], "top": 1}`, "A document that is about something. read_document would show its text."},
	{"microsoft_graph_batch", `{"requests": [{"id": "all", "method": "GET", "url": "/users/$count", "headers": {"ConsistencyLevel": "eventual"}}, {"id": "teams", "method": "GET", "url": "/groups?$top=2&$select=displayName"}]}`, "Two calls at once."},
	{"microsoft_graph", `{"path": "/users/nobody@nowhere.example"}`, "A mistake: the answer says what is wrong and what to do."},
}

// showExchange makes real calls over HTTP, as a client would, and prints them.
func showExchange(ctx context.Context, w io.Writer, s terminal.Screen, url string) error {
	client, err := mcp.Dial(ctx, url, "")
	if err != nil {
		return err
	}
	names, err := client.Tools(ctx)
	if err != nil {
		return errors.Join(err, client.Close())
	}
	fmt.Fprintf(w, "An MCP client is connected to %s (protocol %s).\n\n%s tools/list\n%s %v\n", url, client.Protocol(), s.Paint(terminal.Name, "→"),
		s.Paint(terminal.Good, "←"), names)
	for _, call := range demoCalls {
		answer, err := client.Call(ctx, call.tool, json.RawMessage(call.arguments))
		if err != nil {
			return errors.Join(err, client.Close())
		}
		back, ink := s.Paint(terminal.Good, "←"), terminal.Plain
		if answer.IsError {
			back, ink = s.Paint(terminal.Bad, "←"), terminal.Warn
		}
		fmt.Fprintf(w, "\n%s\n%s tools/call %s %s\n%s ", s.Paint(terminal.Dim, call.why), s.Paint(terminal.Name, "→"),
			s.Paint(terminal.Strong, call.tool), call.arguments, back)
		shown, err := terminal.JSON(w, s, []byte(answer.Text), "  ")
		if err != nil {
			return errors.Join(err, client.Close())
		}
		if !shown {
			fmt.Fprintln(w, s.Paint(ink, terminal.Lines(answer.Text)))
		}
	}
	return client.Close()
}
