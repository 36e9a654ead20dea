package cli

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
	"github.com/sapientsai/microsoft-mcp-server/internal/doctor"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/registration"
)

// addFlagsOf makes of answers what `profile add` takes.
func addFlagsOf(answers map[string]string) *addFlags {
	f := &addFlags{given: func(name string) bool { return answers[name] != "" }}
	for _, text := range f.texts() {
		*text.to = answers[text.name]
	}
	if f.settings.Cloud.Name == "global" {
		f.settings.Cloud.Name = ""
	}
	f.settings.Access = profile.ReadOnly.String()
	if answers[answerAccess] != "" {
		f.settings.Access = answers[answerAccess]
	}
	write := f.settings.Access == profile.ReadWrite.String()
	if answers[answerKind] == string(registration.Server) { // its permissions are granted in the registration
		f.settings.AuthMode = profile.ClientCredentials.String()
		return f
	}
	f.settings.AuthMode = profile.Interactive.String()
	if answers[answerFor] != "" {
		f.scopes, _ = registration.Permissions(registration.Desktop, write, split(answers[answerFor]))
	}
	return f
}

// fitting returns what checks one answer by the rules of the configuration: those about the keys that it becomes; "" is
// for the profile's name.
func (s *setup) fitting(name string, keys ...string) func(string) (string, error) {
	return func(typed string) (string, error) {
		trial := maps.Clone(s.kept.Answers)
		trial[name] = typed
		return typed, s.fit(trial, keys)
	}
}

// fit adds a profile in memory, and returns the first problem of the keys. No answer is repeated: what is pasted into the
// wrong place may be a secret.
func (s *setup) fit(answers map[string]string, keys []string) error {
	f := addFlagsOf(answers)
	if err := f.complete(); err != nil {
		return err
	}
	e, err := profile.OpenEditor(profile.Path(s.o.place()))
	if err != nil {
		return &usageError{err}
	}
	named := slices.Contains(keys, "")
	f.settings.Name = answers[answerName]
	for n := 1; !named && (f.settings.Name == "" || slices.Contains(s.profileNames(), f.settings.Name)); n++ {
		f.settings.Name = "new-" + strconv.Itoa(n)
	}
	for _, one := range parts(e.Add(f.settings)) {
		var problem *profile.Error
		if !errors.As(one, &problem) {
			return one
		}
		key := strings.TrimPrefix(problem.Key, profile.Profile{Name: f.settings.Name}.Key(""))
		if problem.Key == "" && named || slices.ContainsFunc(keys, func(k string) bool {
			return k != "" && (key == k || strings.HasPrefix(key, k+".") || strings.HasPrefix(key, k+"["))
		}) {
			return &profile.Error{Problem: problem.Problem, Remedy: problem.Remedy}
		}
	}
	return nil
}

// parts takes joined errors apart.
func parts(err error) []error {
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// checkGiven refuses flags that say what cannot be, before anything of them is kept.
func (s *setup) checkGiven() error {
	s.inferGiven()
	for _, name := range credentialFlags() {
		if s.given[name] && s.kind() != registration.Server {
			return usagef("--%s goes with --server", name)
		}
	}
	if err := s.checkAnswers(); err != nil {
		return err
	}
	if names := s.answer(answerInstall); names != "" && names != "all" && names != "none" {
		for _, name := range split(names) {
			if _, ok := client.Named(name); !ok {
				return usagef("there is no client %q for --install; say all, none, or some of %s", shortened(name), clientNames())
			}
		}
	}
	if s.answer("vault-file") != "" && s.answer("vault-key-from") == "" || s.answer("vault-file") == "" && s.answer("vault-key-from") != "" {
		return usagef("--vault-file and --vault-key-from go together: the file is sealed with a key that rests elsewhere")
	}
	return nil
}

// shortened is a text from a flag as an error may repeat it.
func shortened(text string) string {
	const most = 40 // characters; the longest name of a client is half of that
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// credentialFlags are those with which an app proves itself.
func credentialFlags() []string {
	return []string{"secret-from", "certificate-file", "password-from", "token-file", "managed-client-id", "credential"}
}

// inferGiven answers what follows from flags.
func (s *setup) inferGiven() {
	infer := func(name, answer string) {
		if s.answer(name) == "" {
			s.kept.Answers[name], s.given[name] = answer, true
		}
	}
	for _, name := range credentialFlags() {
		if s.given[name] {
			infer(answerKind, string(registration.Server))
		}
	}
	for flag, credential := range map[string]string{"secret-from": "client-secret", "certificate-file": "certificate", "token-file": "federated-token", "managed-client-id": "managed-identity"} {
		if s.given[flag] {
			infer("credential", credential)
		}
	}
}

// checkAnswers checks what did not come from a person just now. The order is that of the questions.
func (s *setup) checkAnswers() error {
	name, existing := s.answer(answerName), s.answer(answerExisting)
	taken := existing != "" || s.kept.Wrote
	if taken && (!slices.Contains(s.profileNames(), name) || existing != "" && existing != name) {
		return usagef("there is no profile of the name that was given")
	}
	for _, st := range s.steps() {
		answer := s.answer(st.name)
		if answer == "" || st.name == answerWrite || taken && st.name == answerName || answer == "managed-identity" && st.name == "credential" {
			continue
		}
		checked, err := st.take(answer)
		if err != nil {
			return named(err, st.name)
		}
		s.set(st.name, checked)
	}
	return nil
}

// named says which flag an error is about.
func named(err error, flag string) error {
	if flag == answerKind || flag == answerAccess || flag == answerHow {
		return err
	}
	problem := &profile.Error{Key: "--" + flag, Problem: err.Error(), Remedy: hintOf(err)}
	if known, ok := errors.AsType[*profile.Error](err); ok {
		problem.Problem = known.Problem
	}
	return &usageError{problem}
}

// lookUpApp asks the authority whether it would let a person sign in to the app.
func (s *setup) lookUpApp(ctx context.Context, clientID string) error {
	if s.kind() != registration.Desktop {
		return nil
	}
	transport, err := s.transport()
	if err != nil {
		return err
	}
	_, authority := s.cloud()
	err = appRefusal(ctx, transport, authority+"/"+url.PathEscape(s.answer("tenant")), clientID)
	if ctx.Err() != nil {
		return errStopped
	}
	if refused, ok := errors.AsType[*profile.Error](err); ok {
		return &profile.Error{Problem: refused.Problem, Remedy: refused.Remedy + ". back leads to the tenant and cloud"}
	}
	return err
}

// transport reaches the authority.
func (s *setup) transport() (http.RoundTripper, error) {
	ca, err := absolute(s.answer("ca-file"))
	if err != nil {
		return nil, err
	}
	return transportFor(ca)
}

// lookUpTenant asks the authority whether it knows the tenant. Where the authority cannot be asked, signing in will tell.
func (s *setup) lookUpTenant(ctx context.Context, tenant string) error {
	if slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(tenant)) {
		return nil
	}
	transport, err := s.transport()
	if err != nil {
		return err
	}
	_, authority := s.cloud()
	found, known := doctor.Authority{Origin: authority, Tenant: tenant, Transport: transport}.Look(ctx)
	switch {
	case ctx.Err() != nil:
		return errStopped
	case found.State == doctor.OK:
		s.talk.good("%s", found.Text)
		return nil
	case !known:
		s.talk.say("It could not be looked up (" + found.Text + "). Signing in will tell.")
		return nil
	}
	return &profile.Error{Problem: found.Text, Remedy: "check its spelling, and that it is in this cloud (back changes that): the Directory (tenant) ID stands in the portal's overview of Microsoft Entra ID"}
}
