package mcp

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/prompts"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// mostCompletions is how many values a completion may have, by the protocol
// (https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/completion).
const mostCompletions = 100

// CompleteResourceArgument completes the variable of a resource's template. What cannot be completed has no completions.
func (a *attachments) CompleteResourceArgument(ctx context.Context, uri string, argument mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	for _, r := range a.resources {
		if r.Complete != nil && uri == r.URI+"{"+r.Variable+"}" && argument.Name == r.Variable {
			return completion(r.Complete(ctx, a.acting(ctx, r), argument.Value)), nil
		}
	}
	return completion(nil), nil
}

// CompletePromptArgument completes an argument of a prompt: the profile, and people by the beginning of their name.
func (a *attachments) CompletePromptArgument(ctx context.Context, name string, argument mcp.CompleteArgument, already mcp.CompleteContext) (*mcp.Completion, error) {
	for _, p := range a.recipes {
		if p.Name != name {
			continue
		}
		if argument.Name == profileArgument && len(a.profiles) > 1 {
			return completion(tools.Beginning(namesOf(p.served), argument.Value)), nil
		}
		if !asksForPerson(p.Prompt, argument.Name) {
			break
		}
		for _, profile := range p.served {
			if len(p.served) == 1 || profile.Name == already.Arguments[profileArgument] {
				return completion(a.people(ctx, profile, argument.Value)), nil
			}
		}
	}
	return completion(nil), nil
}

func asksForPerson(p prompts.Prompt, name string) bool {
	for _, argument := range p.Arguments {
		if argument.Name == name {
			return argument.Kind == prompts.Person || argument.Kind == prompts.Owner
		}
	}
	return false
}

// people returns user principal names. A completion is a convenience: whatever stands in the way, there are none.
func (a *attachments) people(ctx context.Context, p *tools.Profile, begun string) []string {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	own, err := profileFor(ctx, door.PrincipalOf(ctx).Person, p)
	if err != nil {
		return nil
	}
	return tools.PeopleBeginning(ctx, own, tools.Asker{Principal: door.PrincipalOf(ctx).Name, Tool: "completion", RequestID: door.RequestID(ctx)}, begun)
}

func completion(values []string) *mcp.Completion {
	c := &mcp.Completion{Values: values, Total: len(values)}
	if len(values) > mostCompletions {
		c.Values, c.HasMore = values[:mostCompletions], true
	}
	return c
}

// completionTime bounds a completion: a person is typing.
const completionTime = 3 * time.Second
