package mcp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/prompts"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// profileArgument names the profile that a prompt is written for, where several are served.
const profileArgument = "profile"

// recipe is a prompt with the profiles that it is of use to, at least one.
type recipe struct {
	prompts.Prompt
	served []*tools.Profile
}

// servedBy returns the profiles that a prompt is of use to: those that have the tools and may make the calls that it needs.
func (a *attachments) servedBy(p prompts.Prompt) []*tools.Profile {
	var served []*tools.Profile
	for _, profile := range a.profiles {
		without := a.settings[profile].Without
		if !slices.ContainsFunc(p.Tools, func(tool string) bool { return slices.Contains(without, tool) }) && mayMake(profile, p.Needs) {
			served = append(served, profile)
		}
	}
	return served
}

// mayMake tells whether a profile could make all of some calls for one and the same mailbox: its own, or another's.
func mayMake(p *tools.Profile, calls []prompts.Call) bool {
	owners := []string{"/me", "/users/*"}
	if p.Mode == "clientCredentials" {
		owners = owners[1:]
	}
	return slices.ContainsFunc(owners, func(owner string) bool {
		return !slices.ContainsFunc(calls, func(c prompts.Call) bool { return !p.MayCall(c.Method, c.Of(owner)) })
	})
}

// settingsOf says for each profile how a prompt is written for it.
func settingsOf(profiles []*tools.Profile) map[*tools.Profile]prompts.Setting {
	settings := map[*tools.Profile]prompts.Setting{}
	all := tools.All()
	for _, p := range profiles {
		s := prompts.Setting{App: p.Mode == "clientCredentials", ReadOnly: p.ReadOnly, Region: p.SharePoint.Region}
		if len(profiles) > 1 {
			s.Profile = p.Name
		}
		for _, tool := range all {
			if len(usable([]*tools.Profile{p}, tool)) == 0 {
				s.Without = append(s.Without, tool.Name)
			}
		}
		settings[p] = s
	}
	return settings
}

// describe writes a prompt as the protocol defines it.
func (a *attachments) describe(p recipe) mcp.Prompt {
	out := mcp.Prompt{Name: p.Name, Title: p.Title, Description: p.Description}
	if len(a.profiles) > 1 {
		out.Arguments = append(out.Arguments, mcp.PromptArgument{Name: profileArgument, Required: len(p.served) > 1,
			Description: "Which identity to act as: " + strings.Join(namesOf(p.served), ", ")})
	}
	for _, argument := range p.Arguments {
		needed := !slices.ContainsFunc(p.served, func(s *tools.Profile) bool { return !argument.RequiredBy(a.settings[s]) })
		out.Arguments = append(out.Arguments, mcp.PromptArgument{Name: argument.Name, Description: argument.Description, Required: needed})
	}
	return out
}

func namesOf(profiles []*tools.Profile) []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	return names
}

// prompt answers one prompts/get. What is wrong with an argument goes out as an internal error (-32603), where the protocol
// would have -32602: the library gives every error of a handler that code, and answers pass here only once they are written.
func (a *attachments) prompt(p recipe, given map[string]string) (*mcp.GetPromptResult, error) {
	profile := p.served[0]
	if name := given[profileArgument]; name != "" || len(p.served) > 1 {
		i := slices.IndexFunc(p.served, func(s *tools.Profile) bool { return s.Name == name })
		if i < 0 {
			return nil, &prompts.ArgumentError{Prompt: p.Name, Argument: profileArgument,
				Problem: fmt.Sprintf("it has to be one of %s", strings.Join(namesOf(p.served), ", "))}
		}
		profile = p.served[i]
	}
	text, err := p.Text(a.settings[profile], given)
	if err != nil {
		return nil, err
	}
	return &mcp.GetPromptResult{Description: p.Description,
		Messages: []mcp.PromptMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(text)}}}, nil
}
