package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/prompts"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// attachments are what a set of profiles has beside tools: resources and prompts, and completions of their arguments.
type attachments struct {
	profiles  []*tools.Profile
	settings  map[*tools.Profile]prompts.Setting // for whom a prompt is written; made once, as it asks about every tool
	resources []tools.Resource
	recipes   []recipe
	timeout   time.Duration
	log       *slog.Logger
}

// newAttachments chooses what the profiles have a use for.
func newAttachments(c Config, profiles []*tools.Profile) *attachments {
	a := &attachments{profiles: profiles, settings: settingsOf(profiles), timeout: c.CallTimeout, log: c.Log}
	for _, r := range tools.Resources() {
		if len(a.usersOf(r)) > 0 {
			a.resources = append(a.resources, r)
		}
	}
	for _, p := range prompts.All() {
		if served := a.servedBy(p); len(served) > 0 {
			a.recipes = append(a.recipes, recipe{p, served})
		}
	}
	return a
}

// addTo announces them.
func (a *attachments) addTo(s *server.MCPServer) {
	for _, r := range a.resources {
		read := func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return a.read(ctx, r, request.Params.URI)
		}
		if r.Variable == "" {
			s.AddResource(mcp.NewResource(r.URI, r.Name, mcp.WithResourceTitle(r.Title), mcp.WithResourceDescription(r.Description), mcp.WithMIMEType(r.MIMEType)), read)
			continue
		}
		s.AddResourceTemplate(mcp.NewResourceTemplate(r.URI+"{"+r.Variable+"}", r.Name, mcp.WithTemplateTitle(r.Title),
			mcp.WithTemplateDescription(r.Description), mcp.WithTemplateMIMEType(r.MIMEType)), read)
	}
	for _, r := range a.recipes {
		s.AddPrompt(a.describe(r), func(_ context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return a.prompt(r, request.Params.Arguments)
		})
	}
}

// usersOf returns the profiles that have a use for a resource.
func (a *attachments) usersOf(r tools.Resource) []*tools.Profile {
	var users []*tools.Profile
	for _, p := range a.profiles {
		if r.Usable == nil || r.Usable(p) {
			users = append(users, p)
		}
	}
	return users
}

// acting returns the profiles as whoever asks may use them. One for people is left out where nobody is known.
func (a *attachments) acting(ctx context.Context, r tools.Resource) []*tools.Profile {
	var acting []*tools.Profile
	for _, p := range a.usersOf(r) {
		if own, err := profileFor(ctx, door.PrincipalOf(ctx).Person, p); err == nil {
			acting = append(acting, own)
		}
	}
	return acting
}

// maxURI is more than the URI of any resource that there is.
const maxURI = 2 << 10

// boundURI refuses a resource's URI that is too long, before the library matches it with each template and repeats it.
func boundURI(_ context.Context, _ any, message any) error {
	raw, ok := message.(json.RawMessage)
	if !ok || len(raw) <= maxURI {
		return nil
	}
	var request struct {
		Method string `json:"method"`
		Params struct {
			URI string `json:"uri"`
		} `json:"params"`
	}
	if json.Unmarshal(raw, &request) == nil && request.Method == string(mcp.MethodResourcesRead) && len(request.Params.URI) > maxURI {
		return fmt.Errorf("the URI of a resource has at most %d bytes; resources/list and resources/templates/list say which there are", maxURI)
	}
	return nil
}

// read answers one resources/read. A URI that does not exist is an internal error to the library (see prompt).
func (a *attachments) read(ctx context.Context, r tools.Resource, uri string) (_ []mcp.ResourceContents, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	start := time.Now()
	defer func() {
		if fault := recover(); fault != nil {
			a.log.ErrorContext(ctx, "panic in a resource", "resource", r.Name, "fault", door.DescribePanic(fault), "stack", string(debug.Stack()))
			err = fmt.Errorf("%s: an internal fault; it was logged", r.Name)
		}
		a.log.LogAttrs(ctx, slog.LevelInfo, "resource read", slog.String("resource", r.Name), slog.String("principal", door.PrincipalOf(ctx).Name),
			slog.String("outcome", tools.Outcome(err)), slog.Int64("took_ms", time.Since(start).Milliseconds()))
	}()
	text, err := r.Read(ctx, a.acting(ctx, r), strings.TrimPrefix(uri, r.URI))
	if err != nil {
		return nil, err
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: r.MIMEType, Text: text}}, nil
}
