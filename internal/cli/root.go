package cli

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// options are the global flags.
type options struct {
	env       Env
	keyring   func() secret.Vault // env's, made once: calls to one keyring take turns, calls to two do not
	sealed    *sealedFiles
	config    string
	profiles  []string
	argument  bool   // the one in profiles was named by an argument, not by --profile
	logLevel  string // "": what is usual for the command
	logFormat string
	colour    string
	program   string // what a person types to start this program; "": its name
}

func newRoot(env Env) *cobra.Command {
	o := &options{env: env, colour: string(terminal.Auto), keyring: sync.OnceValue(env.Vault), sealed: &sealedFiles{made: map[string]secret.Vault{}}}
	root := &cobra.Command{
		Use:   "microsoft-mcp-server",
		Short: "Microsoft Graph for MCP clients",
		Long: `microsoft-mcp-server gives any MCP client safe access to Microsoft Graph.

Try it without an account:  microsoft-mcp-server demo

With no command, the variable TRANSPORT_TYPE decides: "stdio" or "httpStream".
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration; policy test has two more.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
	}
	root.SuggestionsMinimumDistance = 2
	flags := root.PersistentFlags()
	flags.StringVar(&o.config, "config", "", "configuration file (default: $MICROSOFT_MCP_CONFIG, then microsoft-mcp-server/config.toml in the user's configuration folder)")
	flags.StringSliceVar(&o.profiles, "profile", nil, "profile to use; several for a server that serves several")
	flags.StringVar(&o.logLevel, "log-level", "", "debug, info, warn or error (default: info for a server, warn for other commands)")
	flags.StringVar(&o.logFormat, "log-format", "text", "text or json")
	flags.Var(choice{&o.colour, colours()}, "color", "colours: auto (on a terminal, unless NO_COLOR is set), always or never")
	// Cobra's own flag would print more than the version, unless it was given a template; see TestNoTemplates in internal.
	showVersion := root.Flags().BoolP("version", "v", false, "version for "+root.Name())
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *showVersion {
			return o.printVersion()
		}
		return o.runDefault(cmd)
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(newDemo(o), newSetup(o), newStdio(o), newHTTP(o), newCall(o), newTools(o), newMan(o), newProfile(o), newLogin(o), newLogout(o), newStatus(o), newUI(o), newSecret(o), newPolicy(o), newKey(o), newInstall(o), newUninstall(o), newDoctor(o), newVersion(o))
	o.complete(root)
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
func (o *options) runDefault(cmd *cobra.Command) error {
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
	from := o.place()
	if len(o.profiles) > 0 {
		from.Profile = o.profiles[0]
	}
	if !o.argument {
		from.Flag = "--profile"
	}
	c, err := profile.Load(from)
	if err != nil {
		return nil, &usageError{err}
	}
	return c, nil
}

// place says where the configuration is.
func (o *options) place() profile.Options {
	return profile.Options{File: o.config, Getenv: o.env.Getenv, ConfigDir: o.env.ConfigDir}
}

// What is usual to log: a server says what it does, a command that a person has typed what is odd.
const (
	serverLevel  = slog.LevelInfo
	commandLevel = slog.LevelWarn
)

// log returns the program's log, on standard error.
func (o *options) log(usual slog.Level) (*slog.Logger, error) {
	level := usual
	if err := level.UnmarshalText([]byte(o.logLevel)); o.logLevel != "" && err != nil {
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

// served is the version that a server tells its clients. As the ancestor did, it adds the commit that a container's
// builder names in GIT_HASH, as build metadata.
func (o *options) served() string {
	hash := strings.TrimSpace(o.env.Getenv("GIT_HASH"))
	if hash == "" || len(hash) > 64 || strings.ContainsFunc(hash, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return version()
	}
	return version() + "+" + hash
}

func newVersion(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return o.printJSON(map[string]string{"version": version()})
			}
			return o.printVersion()
		}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) printVersion() error {
	_, err := fmt.Fprintln(o.env.Stdout, version())
	return err
}
