package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// tryOut makes two calls as a client would.
func (s *setup) tryOut(ctx context.Context) error {
	if s.skipSignIn {
		return nil
	}
	answer, err := s.o.call(ctx, "get_auth_status", nil)
	if err == nil && answer.IsError {
		err = &toolError{answer.Text}
	}
	if err != nil {
		return s.interrupted(ctx, err)
	}
	var status struct {
		Account     string   `json:"account"`
		Permissions []string `json:"permissions"`
	}
	_ = json.Unmarshal([]byte(answer.Text), &status)
	s.tell(fmt.Sprintf("get_auth_status answers: %s, %d permissions", status.Account, len(status.Permissions)))
	path := "/organization"
	if s.desktop() {
		path = "/me"
	}
	arguments, err := json.Marshal(map[string]any{"path": path, "queryParams": map[string]string{"$select": "id,displayName"}})
	if err != nil {
		return err
	}
	answer, err = s.o.call(ctx, "microsoft_graph", arguments)
	switch {
	case err != nil:
		return s.interrupted(ctx, err)
	case answer.IsError: // the token is good; what it may do is between the person and an administrator
		s.note(fmt.Sprintf("Graph refuses GET %s, so there may be a permission or a consent missing:\n%s\nIt can be granted later; microsoft-mcp-server doctor %s looks at each one.", path, terminal.Lines(answer.Text), s.answer(answerName)))
	default:
		s.tell("Graph answers GET " + path + ": " + displayName(answer.Text))
	}
	return nil
}

func (s *setup) interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	return err
}

func (s *setup) note(text string) {
	if s.talk != nil {
		s.talk.say(text)
		return
	}
	fmt.Fprintln(s.o.env.Stderr, text)
}

// displayName is what the answer of a call is about: one thing, or the first of a list.
func displayName(answer string) string {
	type thing struct {
		DisplayName string `json:"displayName"`
	}
	var one struct {
		thing
		Value []thing `json:"value"`
	}
	_ = json.Unmarshal([]byte(answer), &one)
	if one.DisplayName == "" && len(one.Value) > 0 {
		return one.Value[0].DisplayName
	}
	return one.DisplayName
}

// install writes the entry into the clients that are chosen.
func (s *setup) install(ctx context.Context) error {
	free, options := s.clientsHere()
	chosen := s.answer(answerInstall)
	switch {
	case chosen == "" && s.talk == nil:
		return nil
	case chosen == "" && len(options) == 0:
		s.talk.say("\nNo MCP client was found on this machine. Later:  " + s.o.command(nil, "install CLIENT --profile", s.answer(answerName)))
		return nil
	case chosen == "":
		usual := "none"
		if len(free) > 0 {
			usual = strings.Join(free, ",")
		}
		options = append(options, option{"none", "tell no client"})
		answer, err := s.talk.ask(ctx, question{title: "Which MCP clients shall know the profile?", many: true, options: options, usual: usual,
			help: "Numbers or names with commas between them. Each client's own file gets an entry called " + entryName + "; all else in it stays, and the old file is kept beside it. An entry of that name that is there already is replaced only where you choose the client."})
		switch {
		case errors.Is(err, errBack):
			s.talk.say("The profile is written and works; only the clients are left.")
			return s.install(ctx)
		case err != nil:
			return err
		}
		chosen = answer
	case chosen == "all":
		chosen = strings.Join(free, ",")
	}
	names := slices.DeleteFunc(split(chosen), func(name string) bool { return name == "none" })
	if len(names) == 0 {
		return nil
	}
	if s.talk != nil {
		s.talk.say("")
	}
	s.o.profiles, s.o.argument = []string{s.answer(answerName)}, true
	return s.o.install(names, &installFlags{name: entryName, anew: true})
}

// clientsHere returns the clients on this machine, and those of them that have no entry of ours.
func (s *setup) clientsHere() (free []string, options []option) {
	env := s.o.clientEnv()
	for _, c := range client.All() {
		place := c.Find(env, entryName)
		title := c.Title
		switch {
		case !place.Present:
			continue
		case place.Problem != nil:
			title += ": its file cannot be read, and is left alone"
		case place.Installed:
			title += ": has an entry already, which would be replaced"
		default:
			free = append(free, c.Name)
		}
		options = append(options, option{c.Name, title})
	}
	return free, options
}

// finish says what can be done now.
func (s *setup) finish() error {
	if s.talk == nil {
		return nil
	}
	name := s.answer(answerName)
	s.talk.say("")
	s.talk.heading("All is set up.")
	s.talk.say("Ask your client, for example: \"Which Microsoft account are you signed in with?\"")
	for _, next := range [][2]string{{"from the shell", s.o.command(nil, "call get_auth_status --profile", name)}, {"to look at everything", s.o.command(nil, "doctor", name)}} {
		fmt.Fprintf(s.talk.out, "%s:  %s\n", next[0], next[1])
	}
	if !s.desktop() {
		fmt.Fprintf(s.talk.out, "over HTTP, with a key:  %s\n", s.o.command(nil, "http --profile", name))
	}
	return s.forget()
}
