package cli

import (
	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// complete tells the shell what can stand where: names of profiles, and the values of flags that have few.
func (o *options) complete(root *cobra.Command) {
	names := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		o.profiles = nil
		c, err := o.load()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp // a prompt is no place for errors
		}
		return c.Names(), cobra.ShellCompDirectiveNoFileComp
	}
	o.completeFlags(root, map[string]cobra.CompletionFunc{
		"profile":      names,
		"auth-mode":    oneOf(profile.Interactive.String(), profile.ClientCredentials.String(), profile.OnBehalfOf.String()),
		"access":       oneOf(profile.ReadOnly.String(), profile.ReadWrite.String()),
		"cloud":        oneOf("global", "usgov", "usgov-dod", "china"),
		"account-type": oneOf("work", profile.PersonalAccount),
		"credential":   oneOf("client-secret", "certificate", "federated-token", "managed-identity"),
		"for":          oneOf(forCredential, forSearch),
		"api":          oneOf(string(graph.Graph), string(graph.ResourceManager)),
		"api-version":  oneOf(graph.V1, graph.Beta),
		"log-level":    oneOf("debug", "info", "warn", "error"),
		"log-format":   oneOf("text", "json"),
		"color":        oneOf(colours()...),
		"output":       oneOf(forms()...),
	})
	for name, complete := range map[string]cobra.CompletionFunc{"call": o.completeCall, "tools": o.completeTool} {
		if cmd, _, err := root.Find([]string{name}); err == nil {
			cmd.ValidArgsFunction = complete
		}
	}
	for _, path := range [][]string{
		{"login"}, {"logout"}, {"status"}, {"secret", "set"}, {"secret", "delete"}, {"profile", "show"}, {"profile", "use"}, {"profile", "remove"},
	} {
		if cmd, _, err := root.Find(path); err == nil {
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
				if len(args) > 0 {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				return names(cmd, args, typed)
			}
		}
	}
}

// completeFlags tells of each flag that cmd or a command below it has.
func (o *options) completeFlags(cmd *cobra.Command, values map[string]cobra.CompletionFunc) {
	for name, complete := range values {
		if cmd.LocalFlags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails for flags that are not there, or were told of
		}
	}
	for _, sub := range cmd.Commands() {
		o.completeFlags(sub, values)
	}
}

func oneOf(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}
