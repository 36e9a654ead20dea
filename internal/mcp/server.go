package mcp

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Name is what the server calls itself to clients.
const Name = "microsoft-mcp-server"

// Config is what all transports serve.
type Config struct {
	Version     string
	Profiles    []*tools.Profile // at least one
	CallTimeout time.Duration    // of one tool call; 0: five minutes
	Log         *slog.Logger     // nil: none
	Observer    door.Observer    // nil: nobody
	Shared      Shared           // with other replicas; needed, also by who has none
	Sealer      Sealer           // of what is shared; needed
	links       *links           // one-time ones; nil but over HTTP
	ending      context.Context  // what ends the calls that run while they can still be answered; nil but over HTTP
}

const defaultCallTimeout = 5 * time.Minute

func (c Config) withDefaults() Config {
	if c.CallTimeout <= 0 {
		c.CallTimeout = defaultCallTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = door.Unobserved{}
	}
	return c
}

// newServer makes the protocol server for one set of profiles. Its list of tools depends on the configuration
// alone, as the protocol asks; nothing is announced as changing, so no stream has to be kept open.
func newServer(c Config, profiles []*tools.Profile, confirmations *confirmations, hooks *server.Hooks) *server.MCPServer {
	attached := newAttachments(c, profiles)
	s := server.NewMCPServer(Name, c.Version,
		server.WithHooks(hooks),
		server.WithTitle("Microsoft 365"),
		server.WithDescription("Microsoft Graph for MCP clients: mail, calendar, files, people, directory and more"),
		server.WithWebsiteURL("https://github.com/sapientsai/microsoft-mcp-server"),
		server.WithInstructions(instructions(profiles)),
		server.WithToolCapabilities(false),
		// Some clients list resources and prompts unasked and take an error for a dead server.
		server.WithResourceCapabilities(false, false),
		server.WithPromptCapabilities(false),
		server.WithCompletions(),
		server.WithPromptCompletionProvider(attached),
		server.WithResourceCompletionProvider(attached),
		server.WithCacheHints(cacheTTL.Milliseconds(), mcp.CacheScopePrivate),
	)
	signIns := newSignIns()
	for _, tool := range tools.All() {
		served := usable(profiles, tool)
		if len(served) == 0 {
			continue
		}
		h := &handler{tool: tool, profiles: served, several: len(profiles) > 1, timeout: c.CallTimeout,
			log: c.Log, observer: c.Observer, server: s, confirmations: confirmations, signIns: signIns, links: c.links, ending: c.ending}
		h.parameters = parametersOf(tool, served, h.several)
		s.AddTool(describe(tool, h.parameters, served), h.handle)
	}
	attached.addTo(s)
	return s
}

// cacheTTL tells clients how long a list may be kept; it changes only with a restart.
const cacheTTL = 5 * time.Minute

func usable(profiles []*tools.Profile, tool tools.Tool) []*tools.Profile {
	var usable []*tools.Profile
	for _, p := range profiles {
		if p.May(tool.Name) && (tool.Usable == nil || tool.Usable(p)) {
			usable = append(usable, p)
		}
	}
	return usable
}

// profileParameter names the profile to act as. That it does is said once, in the instructions: every tool has it.
func profileParameter(profiles []*tools.Profile) tools.Parameter {
	p := tools.Parameter{Name: "profile", Kind: tools.String, Required: true}
	for _, profile := range profiles {
		p.Enum = append(p.Enum, profile.Name)
	}
	return p
}

// describe writes a tool as the protocol defines it. All four annotations are set, because their defaults are
// the worst case.
func describe(tool tools.Tool, parameters []tools.Parameter, profiles []*tools.Profile) mcp.Tool {
	t := mcp.NewToolWithRawSchema(tool.Name, tool.Description, tools.Schema(parameters))
	t.Title = tool.Title
	effect := tool.Effect
	if effect.Destructive && allReadOnly(profiles) {
		effect.ReadOnly, effect.Destructive, effect.Idempotent = true, false, true
		t.Description += " Read-only here: calls that change something are refused."
	}
	if len(profiles) == 1 && effect.OpenWorld && tool.Name == "microsoft_graph" {
		if profiles[0].Mode == "clientCredentials" {
			t.Description += ` Acts as an app: there is no "/me", use "/users/{id or userPrincipalName}".`
		}
		if profiles[0].Instructions != "" {
			t.Description += " " + profiles[0].Instructions
		}
	}
	t.Annotations = mcp.ToolAnnotation{Title: tool.Title, ReadOnlyHint: &effect.ReadOnly,
		DestructiveHint: &effect.Destructive, IdempotentHint: &effect.Idempotent, OpenWorldHint: &effect.OpenWorld}
	return t
}

func allReadOnly(profiles []*tools.Profile) bool {
	for _, p := range profiles {
		if !p.ReadOnly {
			return false
		}
	}
	return true
}

// instructions tell the model what it is connected to. Clients cut them short, some at 512 characters, so the
// most useful comes first.
func instructions(profiles []*tools.Profile) string {
	var b strings.Builder
	b.WriteString("Microsoft 365 and Azure through Microsoft Graph. Ask for few properties ($select) and few items ($top). ")
	if len(profiles) > 1 {
		b.WriteString("Every tool takes a profile: the identity to act as. ")
	}
	for _, p := range profiles {
		b.WriteString("Profile " + p.Name + ": ")
		if p.Mode == "clientCredentials" {
			b.WriteString("an app with application permissions (no /me)")
		} else {
			b.WriteString("a signed-in person (/me)")
		}
		if p.ReadOnly {
			b.WriteString(", read-only")
		}
		b.WriteString(". ")
		if p.Instructions != "" {
			b.WriteString(p.Instructions + " ")
		}
	}
	if slices.ContainsFunc(profiles, func(p *tools.Profile) bool { return p.SignIn != nil }) {
		b.WriteString("If a call says that a sign-in is needed, have the user finish it, then repeat the call.")
	}
	return strings.TrimSpace(b.String())
}
