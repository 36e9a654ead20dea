package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// write adds the profile, unless it is there.
func (s *setup) write() error {
	name := s.answer(answerName)
	if !s.kept.Wrote && s.answer(answerExisting) == "" {
		out, err := s.o.writeProfile(name, addFlagsOf(s.kept.Answers))
		if err != nil {
			return err
		}
		s.kept.Wrote = true
		c, err := s.o.load()
		if err != nil {
			return err
		}
		s.kept.Config = fmt.Sprintf("%x", c.Digest)
		s.keep()
		text := "added " + name + " to " + out.File
		if out.Default == name {
			text += "; it is the default profile"
		}
		s.tell(text)
	}
	s.o.profiles, s.o.argument = []string{name}, true
	return nil
}

// tell says what was done.
func (s *setup) tell(text string) {
	if s.talk != nil {
		s.talk.good("%s", text)
		return
	}
	fmt.Fprintln(s.o.env.Stdout, printable(text))
}

// takeBack removes the profile that this set-up has written, so that its answers can be given anew.
func (s *setup) takeBack(ctx context.Context) error {
	name := s.answer(answerName)
	if s.kept.Wrote {
		_, err := s.o.edit(name, func(e *profile.Editor) error {
			if err := e.Remove(name); err != nil {
				return err
			}
			return s.o.forget(ctx, name)
		})
		if err != nil {
			return err
		}
		s.kept.Wrote = false
	}
	s.o.profiles, s.o.argument = nil, false
	for answer, text := range s.kept.Answers {
		if !s.given[answer] {
			s.proposed[answer] = text
			delete(s.kept.Answers, answer)
		}
	}
	delete(s.proposed, answerWrite)
	s.keep()
	return nil
}

// refusedError is a profile that cannot sign in.
type refusedError struct{ problem, remedy string }

func (e *refusedError) Error() string { return e.problem }
func (e *refusedError) Hint() string  { return e.remedy }

// signIn signs in until it works, or the person wants something else: errBack is that the answers are to be changed, for
// which the profile is gone.
func (s *setup) signIn(ctx context.Context) error {
	for !s.skipSignIn {
		err := s.signInOnce(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return errStopped
		case errors.Is(err, errStopped) || s.talk == nil:
			return err
		}
		s.talk.complain(err)
		choice, err := s.whatNext(ctx)
		if err != nil {
			return err
		}
		s.deviceCode = s.deviceCode || choice == "code"
	}
	return nil
}

// whatNext asks what is to be done about a sign-in that failed, and ends as signIn where it is not to be tried again.
func (s *setup) whatNext(ctx context.Context) (string, error) {
	for {
		q := question{title: "What next?", usual: "again", options: []option{{"again", "try it again"}, {"change", "change the answers"}, {"stop", "stop here; the next setup goes on"}},
			help: "change asks everything once more, with your answers as the usual ones. microsoft-mcp-server doctor looks at everything that signing in needs."}
		if s.desktop() && !s.deviceCode {
			q.options = slices.Insert(q.options, 1, option{"code", "sign in by a code that you type into a browser anywhere"})
		}
		choice, err := s.talk.ask(ctx, q)
		switch {
		case err == nil && choice == "stop":
			return "", errStopped
		case err == nil && choice != "change", err != nil && !errors.Is(err, errBack):
			return choice, err
		}
		err = s.takeBack(ctx)
		kept, ok := errors.AsType[*keptError](err)
		switch {
		case err == nil:
			return "", errBack
		case !ok || ctx.Err() != nil:
			return "", err
		}
		s.talk.complain(&refusedError{kept.Error(), cmp.Or(hintOf(kept.err), "wait a moment") + "; then say change again"})
	}
}

// desktop reports whether a person signs in to the profile.
func (s *setup) desktop() bool {
	p, _, err := s.o.one([]string{s.answer(answerName)})
	return err == nil && p.AuthMode == profile.Interactive
}

func (s *setup) signInOnce(ctx context.Context) error {
	name := s.answer(answerName)
	refused, err := s.refusal(ctx)
	if refused == nil || err != nil {
		return err
	}
	if s.desktop() {
		if s.talk != nil {
			s.talk.say("")
		}
		return s.o.runLogin(ctx, []string{name}, loginOptions{deviceCode: s.deviceCode})
	}
	k, err := s.o.keptSecret(name, forCredential)
	if err != nil || k.unused != "" {
		return refused // nothing that could be typed in
	}
	if err := s.storeSecret(ctx, k, name); err != nil {
		return err
	}
	if refused, err = s.refusal(ctx); err != nil || refused == nil {
		return err
	}
	return refused
}

// refusal says why the profile cannot sign in; nil where it can, which is told.
func (s *setup) refusal(ctx context.Context) (error, error) {
	all, err := s.o.statuses(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("there are %d profiles of that name", len(all))
	}
	if !all[0].Authenticated {
		return &refusedError{all[0].Problem, all[0].Remedy}, nil
	}
	s.tell("signed in as " + all[0].Account + ", tenant " + all[0].Tenant)
	return nil, nil
}

// storeSecret asks for the secret and puts it where the profile looks for it.
func (s *setup) storeSecret(ctx context.Context, k kept, name string) error {
	text := secret.Text{}
	if s.talk == nil {
		typed, err := s.o.readSecret(ctx, k.what, name)
		if err != nil {
			return err
		}
		text = typed
	} else {
		title := "The " + k.what + " of " + name
		if k.what == "client secret" {
			title += " (the Value, not the Secret ID)"
		}
		typed, err := s.talk.secret(ctx, title)
		if err != nil {
			return err
		}
		if k.what != "certificate password" {
			typed = strings.TrimSpace(typed)
		}
		if typed == "" {
			return usagef("the %s is empty", k.what)
		}
		text = secret.NewText(typed)
	}
	if err := k.vault.Put(ctx, k.key, text); err != nil {
		return fmt.Errorf("storing the %s of %s: %w", k.what, name, err)
	}
	s.tell("stored the " + k.what + " of " + name + " in " + k.place)
	return nil
}
