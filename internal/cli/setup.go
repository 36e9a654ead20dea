package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/registration"
)

// setup is a guided first run. What was answered, by a person or by flags, is in kept under the names of the flags.
type setup struct {
	o        *options
	talk     *talk // nil: nobody is asked
	kept     keptAnswers
	given    map[string]bool   // answered by flags: neither asked nor taken back
	proposed map[string]string // answered before, and to be asked again
	file     string            // where kept is kept; "" for nowhere
	unkept   bool              // it could not be written
	earlier  bool              // file holds what an earlier set-up left, which stays as it is

	deviceCode, skipSignIn bool
}

// setupFlags are the flags of `setup` that are no answers.
type setupFlags struct {
	nonInteractive, steps  bool
	address                string
	deviceCode, skipSignIn bool
}

func newSetup(o *options) *cobra.Command {
	f := &setupFlags{}
	cmd := &cobra.Command{
		Use: "setup", Short: "Set up a profile step by step, sign in, try it, and tell your MCP clients", Args: noArguments,
		Long: `Set up a profile step by step: which cloud and tenant, who signs in, what it may do; how the app is registered with Microsoft
Entra, in the portal or by commands of the Azure CLI; then write the profile, sign in or store the secret, make a real
call, and write the entry into the MCP clients of this machine.

Enter takes the answer in brackets, ? explains, back goes back, stop (or Ctrl-C) stops. What was answered is kept, never a
secret, and the next setup goes on there. Nothing that is there already is changed: another profile, another entry.

Answers can be piped in, one a line. Flags answer, too; with --non-interactive nothing is asked, and a client secret for
the keyring is read from standard input.`,
		Example: `  microsoft-mcp-server setup
  microsoft-mcp-server setup --steps --server --tenant contoso.onmicrosoft.com --for mail,files
  microsoft-mcp-server setup --non-interactive --server --tenant ID --client-id ID --secret-from file:/run/secrets/app --install none`,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.runSetup(cmd.Context(), f, cmd.Flags()) },
	}
	defineSetup(cmd.Flags(), f)
	return cmd
}

func defineSetup(flags *pflag.FlagSet, f *setupFlags) {
	flags.BoolVar(&f.nonInteractive, "non-interactive", false, "ask nothing: the flags say everything")
	flags.BoolVar(&f.steps, "steps", false, "print how the app is registered, as for somebody who may do that, and change nothing")
	flags.StringVar(&f.address, "http-url", "", "with --steps: https address of a server through which people are to sign in over HTTP")
	flags.BoolVar(&f.deviceCode, "device-code", false, "sign in by a code that is typed into a browser anywhere")
	flags.BoolVar(&f.skipSignIn, "skip-sign-in", false, "neither sign in nor try it")
	flags.Bool("desktop", false, "a person signs in on this machine")
	flags.Bool("server", false, "the app signs in by itself")
	flags.Bool("read-only", false, "it may only read (the usual)")
	flags.Bool("read-write", false, "it may change things, too")
	for _, text := range (&addFlags{}).texts() {
		flags.String(text.name, "", text.usage)
	}
	flags.String("for", "", "what it is to reach, with commas between them: "+strings.Join(areaNames(registration.Desktop), ", ")+"; or names of permissions")
	flags.String("name", "", "the profile's name")
	flags.String("install", "", "clients to tell: all (that are found and have no entry), none, or their names")
}

func areaNames(kind registration.Kind) []string {
	var names []string
	for _, a := range registration.Areas(kind) {
		names = append(names, a.Name)
	}
	return names
}

// Names of answers that are no flags of `profile add`.
const (
	answerKind     = "kind" // desktop or server
	answerAccess   = "access"
	answerFor      = "for"
	answerName     = "name"
	answerExisting = "existing" // a profile that is there is used as it is
	answerHow      = "registration"
	answerWrite    = "write"
	answerInstall  = "install"
)

func (o *options) runSetup(ctx context.Context, f *setupFlags, flags *pflag.FlagSet) error {
	if len(o.profiles) > 0 {
		return usagef("setup makes a profile: give its name with --name")
	}
	if o.env.Program != nil {
		o.program = o.env.Program()
	}
	s := &setup{o: o, proposed: map[string]string{}, deviceCode: f.deviceCode, skipSignIn: f.skipSignIn}
	answers, err := flagAnswers(flags)
	if err != nil {
		return err
	}
	s.kept = keptAnswers{Begun: time.Now().UTC().Truncate(time.Second), Answers: answers}
	s.given = map[string]bool{}
	for name := range answers {
		s.given[name] = true
	}
	if err := s.checkGiven(); err != nil {
		return err
	}
	if f.steps {
		return s.printSteps(f.address)
	}
	if f.address != "" {
		return usagef("--http-url goes with --steps")
	}
	c, err := s.configuration() // a file that is broken is mended before anything is added to it
	if err != nil {
		return err
	}
	if !f.nonInteractive {
		s.talk, s.file = o.newTalk(), o.keptFile()
		s.greet(c)
		if err := s.resume(ctx, c); err != nil {
			return s.stopped(err)
		}
	}
	return s.stopped(s.run(ctx))
}

// configuration is what is in the file. One that is named and not there yet is an empty one: as with `profile add`, it is
// made, and its folder too.
func (s *setup) configuration() (*profile.Config, error) {
	named := profile.Named(s.o.place())
	if named == "" {
		return s.o.load()
	}
	if _, err := os.Stat(named); !errors.Is(err, fs.ErrNotExist) {
		return s.o.load()
	}
	if _, err := profile.OpenEditor(named); err != nil { // a link that leads round in a circle, say
		return nil, &usageError{err}
	}
	c, err := profile.Load(profile.Options{Getenv: func(name string) string {
		if name == "MICROSOFT_MCP_CONFIG" {
			return ""
		}
		return s.o.env.Getenv(name)
	}})
	if err != nil {
		return nil, &usageError{err}
	}
	return c, nil
}

// flagAnswers returns the answers that flags give.
func flagAnswers(flags *pflag.FlagSet) (map[string]string, error) {
	answers := map[string]string{}
	var err error
	flags.Visit(func(f *pflag.Flag) {
		name, value := f.Name, f.Value.String()
		switch name {
		case "desktop", "server":
			name, value = answerKind, name
		case "read-only", "read-write":
			name, value = answerAccess, name
		default:
			if f.Value.Type() != "string" || slices.Contains([]string{"config", "log-level", "log-format", "color", "http-url"}, name) {
				return
			}
		}
		if before, twice := answers[name]; twice && before != value {
			err = usagef("give --%s or --%s, not both", before, value)
		}
		if f.Value.String() != "false" {
			answers[name] = lasting(name, value)
		}
	})
	return answers, err
}

// stopped makes of a set-up that was stopped an error that says how to go on.
func (s *setup) stopped(err error) error {
	if !errors.Is(err, errStopped) {
		return err
	}
	goesOn := "and  " + s.o.command(nil, "setup", "") + "  goes on there"
	switch {
	case s.earlier:
		return fmt.Errorf("stopped; what was kept before stays in %s, %s", printable(s.file), goesOn)
	case s.file == "" && s.kept.Wrote:
		return fmt.Errorf("stopped; the profile %s stays in %s", printable(s.answer(answerName)), printable(profile.Path(s.o.place())))
	case s.file == "" || len(s.kept.Answers)+len(s.proposed) == 0:
		return errors.New("stopped; nothing is kept")
	}
	if s.keep(); s.unkept {
		return errors.New("stopped; what was answered could not be kept")
	}
	return fmt.Errorf("stopped; what was answered is kept in %s, %s", printable(s.file), goesOn)
}

// run asks what is to be asked and does what follows from it, anew where a person wants to change something.
func (s *setup) run(ctx context.Context) error {
	for {
		if err := s.answerAll(ctx); err != nil {
			return err
		}
		if err := s.write(); err != nil {
			return err
		}
		err := s.signIn(ctx)
		if errors.Is(err, errBack) {
			continue
		}
		if err != nil {
			return err
		}
		if err := s.tryOut(ctx); err != nil {
			return err
		}
		err = s.install(ctx)
		if errors.Is(err, errStopped) {
			return err
		}
		return errors.Join(s.finish(), err)
	}
}

func (s *setup) greet(c *profile.Config) {
	s.talk.heading("Setting up microsoft-mcp-server")
	s.talk.say("Enter takes the answer in brackets. ? explains, back goes back, stop keeps what was answered for another time.")
	if names := c.Names(); len(names) > 0 {
		s.talk.say("There are profiles already, which stay as they are: " + strings.Join(names, ", ") + ".")
	}
}

// resume takes up what was stopped, if the person wants to.
func (s *setup) resume(ctx context.Context, c *profile.Config) error {
	kept := readKept(s.file)
	if kept == nil {
		return nil
	}
	var told []string
	for _, name := range []string{"client-id", answerKind, answerName, "tenant"} {
		if answer := cmp.Or(kept.Answers[name], kept.Proposed[name]); answer != "" {
			told = append(told, name+" "+answer)
		}
	}
	choice, err := s.talk.ask(ctx, question{title: fmt.Sprintf("A set-up of %s was stopped (%s)", kept.Begun.Local().Format("2 January 15:04"), strings.Join(told, ", ")),
		options: []option{{"continue", "go on where it was stopped"}, {"anew", "begin from nothing; what was kept is dropped"}}, usual: "continue",
		help: "What you answered then was kept in " + s.file + ". It holds no secret."})
	switch {
	case errors.Is(err, errBack):
		return s.resume(ctx, c)
	case err != nil:
		s.earlier = true
		return err
	case choice == "anew":
		return s.forget()
	}
	known := s.names()
	for name, answer := range kept.Answers {
		if !s.given[name] && known[name] {
			s.kept.Answers[name] = answer
		}
	}
	for name, answer := range kept.Proposed {
		if !s.given[name] && known[name] {
			s.proposed[name] = answer
		}
	}
	s.kept.Begun = kept.Begun
	s.kept.Wrote = kept.Wrote && slices.Contains(c.Names(), s.kept.Answers[answerName]) && s.answer(answerExisting) == "" &&
		s.kept.Answers[answerName] == kept.Answers[answerName] && kept.Config == fmt.Sprintf("%x", c.Digest)
	s.kept.Config = kept.Config
	if err := s.checkAnswers(); err != nil { // somebody has written into the file
		s.kept.Answers, s.kept.Wrote = map[string]string{}, false
		clear(s.proposed)
		return s.resumeNot(err)
	}
	return nil
}

func (s *setup) resumeNot(err error) error {
	s.talk.complain(fmt.Errorf("what was kept cannot be used, so this begins anew: %w", err))
	return s.forget()
}

// names are those of all answers.
func (s *setup) names() map[string]bool {
	all := map[string]bool{answerKind: true, answerAccess: true, answerFor: true, answerName: true, answerExisting: true, answerHow: true}
	for _, text := range (&addFlags{}).texts() {
		all[text.name] = true
	}
	return all
}

func (s *setup) answer(name string) string { return s.kept.Answers[name] }

func (s *setup) kind() registration.Kind {
	if s.answer(answerKind) == string(registration.Server) {
		return registration.Server
	}
	return registration.Desktop
}

// registered are the answers as a registration needs them.
func (s *setup) registered() registration.Answers {
	cloud, authority := s.cloud()
	permissions, _ := registration.Permissions(s.kind(), s.answer(answerAccess) == profile.ReadWrite.String(), split(s.answer(answerFor)))
	return registration.Answers{Cloud: cloud, Authority: authority, Tenant: s.answer("tenant"), Name: "microsoft-mcp-server", Kind: s.kind(),
		Credential: registration.Credential(s.answer("credential")), Permissions: permissions,
		DeviceCode: s.deviceCode || s.o.env.OpenURL == nil, PowerShell: runtime.GOOS == "windows"}
}

// cloud returns the cloud's name and where it issues tokens.
func (s *setup) cloud() (name, authority string) {
	if s.answer("authority") != "" {
		return profile.CustomCloud, strings.TrimSuffix(s.answer("authority"), "/")
	}
	for _, c := range profile.Clouds() {
		if c.Name == s.answer("cloud") {
			return c.Name, c.Authority
		}
	}
	global := profile.Clouds()[0]
	return global.Name, global.Authority
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
