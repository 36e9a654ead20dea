package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// loginOptions are the flags of login.
type loginOptions struct {
	deviceCode, noBrowser, asJSON bool
}

func newLogin(o *options) *cobra.Command {
	var flags loginOptions
	cmd := &cobra.Command{
		Use: "login [PROFILE]", Short: "Sign a person in to a profile",
		Long: `Sign a person in to a profile whose auth_mode is "interactive": once, in the browser. From then on the server
renews the sign-in by itself; it rests in the profile's vault, the OS keyring as a rule.

Where no browser can be opened (over SSH, in a container), a code is shown to type into a browser anywhere.`,
		Args: atMostOneProfile,
		RunE: func(cmd *cobra.Command, args []string) error { return o.runLogin(cmd.Context(), args, flags) },
	}
	cmd.Flags().BoolVar(&flags.deviceCode, "device-code", false, "show a code to type into a browser anywhere")
	cmd.Flags().BoolVar(&flags.noBrowser, "no-browser", false, "print the address and open nothing; the browser has to reach this machine's loopback")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print JSON")
	return cmd
}

func atMostOneProfile(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("%s takes the name of one profile", cmd.CommandPath())
	}
	return nil
}

// signedIn is what login prints.
type signedIn struct {
	Profile string `json:"profile"`
	Account string `json:"account"`
	Name    string `json:"name,omitempty"`
	Tenant  string `json:"tenant"`
	Vault   string `json:"vault"`
}

func (o *options) runLogin(ctx context.Context, args []string, flags loginOptions) error {
	if flags.deviceCode && flags.noBrowser {
		return usagef("give --device-code or --no-browser, not both")
	}
	p, u, err := o.user(args)
	if err != nil {
		return err
	}
	defer o.closeIdentity(u)
	method := entra.Browser
	if flags.deviceCode || o.env.OpenURL == nil && !flags.noBrowser {
		method = entra.DeviceCode
	}
	s, err := beginSignIn(ctx, p, u, method)
	if err != nil {
		return err
	}
	o.invite(s, method, flags)
	if err := o.awaitPerson(ctx, s, p.Name, method); err != nil {
		return err
	}
	tenant, account, name := s.Who()
	if flags.asJSON {
		return o.printJSON(signedIn{p.Name, account, name, tenant, p.Vault.String()})
	}
	_, err = fmt.Fprintf(o.env.Stdout, "signed in to %s as %s, tenant %s; the sign-in rests in %s\n", p.Name, account, tenant, p.Vault)
	return err
}

// beginSignIn begins a sign-in to an app that does not refuse everybody.
func beginSignIn(ctx context.Context, p profile.Profile, u *entra.User, method entra.Method) (*entra.SignIn, error) {
	err := lookUpApp(ctx, p, method)
	var s *entra.SignIn
	if err == nil {
		s, err = u.SignIn(ctx, method)
	}
	if err != nil && ctx.Err() != nil {
		err = errors.New("cancelled")
	}
	return s, signInError(err, p.Name)
}

// lookUpApp asks for a browser's sake alone: without one, the authority refuses here.
func lookUpApp(ctx context.Context, p profile.Profile, method entra.Method) error {
	transport, err := transportFor(p.CAFile)
	if err != nil || method != entra.Browser {
		return nil // SignIn says what is wrong with the CA file
	}
	return appRefusal(ctx, transport, p.Cloud.Authority+"/"+url.PathEscape(p.TenantID), p.ClientID)
}

// waiting is a sign-in that a person is at.
type waiting interface {
	Wait(ctx context.Context) error
	Cancel()
}

// patience is how long somebody waits before they are told what may be wrong.
const patience = time.Minute

// awaitPerson waits for the person, and after a while tells them what to look for. It ends as the function await does.
func (o *options) awaitPerson(ctx context.Context, s waiting, profile string, method entra.Method) error {
	early, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.Wait(early); early.Err() == nil {
		return signInError(err, profile)
	}
	if ctx.Err() == nil {
		fmt.Fprintln(o.env.Stderr, o.wrapped("Still waiting. "+ifItFails(method)))
	}
	return await(ctx, s, profile)
}

// wrapped breaks a text between words where standard error is a screen.
func (o *options) wrapped(text string) string {
	return strings.Join(terminal.Wrap(text, o.screen(o.env.Stderr).Width), "\n")
}

// ifItFails says what to do where Microsoft's page shows an error: it tells nobody but the person.
func ifItFails(method entra.Method) string {
	text := "If the browser shows an error (AADSTS and a number), nothing comes back here: press Ctrl-C to end this, and look for the number at https://login.microsoftonline.com/error."
	if method == entra.Browser {
		text += " If it cannot reach localhost, use --device-code."
	}
	return text
}

func signInError(err error, profile string) error {
	if err != nil {
		return fmt.Errorf("signing in to %s: %w", profile, err)
	}
	return nil
}

// await waits for the person. Where ctx ends first, it ends the sign-in, unless what the person did is being stored.
func await(ctx context.Context, s waiting, profile string) error {
	err := s.Wait(ctx)
	if ctx.Err() != nil {
		s.Cancel()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		if err = s.Wait(last); err != nil {
			err = errors.New("cancelled")
		}
	}
	return signInError(err, profile)
}

// invite tells the person where to sign in, on standard error, and opens the browser.
func (o *options) invite(s *entra.SignIn, method entra.Method, flags loginOptions) {
	w := o.env.Stderr
	wait := o.wrapped("Waiting… " + ifItFails(method))
	minutes := int(time.Until(s.Expires).Round(time.Minute) / time.Minute)
	if method == entra.DeviceCode {
		if !flags.deviceCode {
			fmt.Fprintln(w, "No browser can be opened here, so sign in with one anywhere else.")
		}
		fmt.Fprintf(w, "Open  %s\nand type the code  %s  (good for %d minutes).\n%s\n", s.URL, s.UserCode, minutes, wait)
		return
	}
	if flags.noBrowser {
		fmt.Fprintf(w, "Sign in at this address, in a browser of this machine (within %d minutes):\n\n%s\n\n%s\n", minutes, s.URL, wait)
		return
	}
	fmt.Fprintf(w, "Opening the browser to sign in. If none opens, open this address (within %d minutes):\n\n%s\n\n%s\n", minutes, s.URL, wait)
	if err := o.env.OpenURL(s.Page); err != nil {
		fmt.Fprintf(w, "No browser could be opened (%v): open the address above, or try again with --device-code.\n", err)
	}
}

// user returns the interactive profile that a command is about, and its identity.
func (o *options) user(args []string) (profile.Profile, *entra.User, error) {
	p, c, err := o.one(args)
	if err != nil {
		return profile.Profile{}, nil, err
	}
	if p.AuthMode != profile.Interactive {
		change := ""
		if k, err := o.secretOf(c, p); err == nil && k.unused == "" {
			change = fmt.Sprintf(". To change the %s: %s", k.what, o.command(c, "secret set", p.Name))
		}
		return profile.Profile{}, nil, usagef("profile %s signs in as an app, with %s; nobody signs in to it%s", p.Name, credentialText(p), change)
	}
	u, err := o.userOf(c, p)
	return p, u, err
}

// one returns the profile that a command names, else the one that --profile or the configuration selects.
func (o *options) one(args []string) (profile.Profile, *profile.Config, error) {
	if len(args) == 1 && len(o.profiles) == 0 {
		o.profiles, o.argument = args, true // the environment's variables lie over the profile that is meant
	}
	c, err := o.load()
	if err != nil {
		return profile.Profile{}, nil, err
	}
	names := o.profiles
	if len(args) == 1 {
		names = args
	}
	served, err := c.Serve(names, false)
	switch {
	case err != nil:
		return profile.Profile{}, nil, &usageError{err}
	case len(served) > 1:
		return profile.Profile{}, nil, usagef("there are several profiles: name one")
	}
	return served[0], c, nil
}

func (o *options) userOf(c *profile.Config, p profile.Profile) (*entra.User, error) {
	log, err := o.log(commandLevel)
	if err != nil {
		return nil, err
	}
	transport, err := o.transport(c, p)
	if err != nil {
		return nil, err
	}
	u, err := o.newUser(part{profile: p, transport: transport, log: log, shown: true, login: o.command(c, "login", p.Name)})
	if err != nil {
		return nil, &usageError{fmt.Errorf("profile %s: %w", p.Name, err)}
	}
	return u, nil
}

// closeIdentity ends what an identity does in the background.
func (o *options) closeIdentity(id identity) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := id.Close(ctx); err != nil {
		fmt.Fprintf(o.env.Stderr, "microsoft-mcp-server: %v\n", err)
	}
}

// printJSON prints one value, indented; on a terminal in colour.
func (o *options) printJSON(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	if screen := o.screen(o.env.Stdout); screen.Live {
		_, err := terminal.JSON(o.env.Stdout, screen, b.Bytes(), "")
		return err
	}
	_, err := o.env.Stdout.Write(b.Bytes())
	return err
}
