package cli

import (
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// options are the global flags.
type options struct {
	env       Env
	keyring   func() secret.Vault // env's, made once: calls to one keyring take turns, calls to two do not
	config    string
	profiles  []string
	logLevel  string
	logFormat string
}

func newRoot(env Env) *cobra.Command {
	o := &options{env: env, keyring: sync.OnceValue(env.Vault)}
	root := &cobra.Command{
		Use:   "microsoft-mcp-server",
		Short: "Microsoft Graph for MCP clients",
		Long: `microsoft-mcp-server gives any MCP client safe access to Microsoft Graph.

Try it without an account:  microsoft-mcp-server demo

With no command, the variable TRANSPORT_TYPE decides: "stdio" or "httpStream".
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		Args:          noArguments,
		RunE:          o.runDefault,
	}
	root.SuggestionsMinimumDistance = 2
	flags := root.PersistentFlags()
	flags.StringVar(&o.config, "config", "", "configuration file (default: $MICROSOFT_MCP_CONFIG, then microsoft-mcp-server/config.toml in the user's configuration folder)")
	flags.StringSliceVar(&o.profiles, "profile", nil, "profile to use; several for a server that serves several")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&o.logFormat, "log-format", "text", "text or json")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(newDemo(o), newStdio(o), newHTTP(o), newCall(o), newProfile(o), newLogin(o), newLogout(o), newStatus(o), newSecret(o), newKey(o), newVersion(o))
	return root
}

// noArguments refuses what is left over. A command that does not exist arrives here, too.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := cmd.SuggestionsFor(args[0]); cmd.HasSubCommands() && len(near) > 0 {
		return usagef("unknown command %q; did you mean %q?", args[0], near[0])
	}
	return usagef("unexpected argument %q; see %s --help", args[0], cmd.CommandPath())
}

// runDefault does what the ancestor did when it was started without arguments, where its variable says so.
func (o *options) runDefault(cmd *cobra.Command, _ []string) error {
	c, err := o.load()
	if err != nil {
		return err
	}
	switch c.Transport {
	case "stdio":
		return o.runStdio(cmd.Context(), c)
	case "http":
		return o.runHTTP(cmd.Context(), c, "")
	}
	return cmd.Help()
}

// load reads the configuration.
func (o *options) load() (*profile.Config, error) {
	selected := ""
	if len(o.profiles) > 0 {
		selected = o.profiles[0]
	}
	c, err := profile.Load(profile.Options{File: o.config, Profile: selected, Getenv: o.env.Getenv, ConfigDir: o.env.ConfigDir})
	if err != nil {
		return nil, &usageError{err}
	}
	return c, nil
}

// log returns the program's log, on standard error.
func (o *options) log() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return nil, usagef("--log-level %q is none of debug, info, warn, error", o.logLevel)
	}
	handler := &slog.HandlerOptions{Level: level}
	switch strings.ToLower(o.logFormat) {
	case "text":
		return slog.New(slog.NewTextHandler(o.env.Stderr, handler)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(o.env.Stderr, handler)), nil
	}
	return nil, usagef("--log-format %q is neither text nor json", o.logFormat)
}

// version returns the version that the build carries: a tag, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "0.0.0-" + setting.Value[:min(len(setting.Value), 12)]
		}
	}
	return "0.0.0-dev"
}

func newVersion(o *options) *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.Println(version())
			return nil
		}}
}
