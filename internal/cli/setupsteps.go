package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/registration"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// printSteps prints how the app is registered, for whoever may do that.
func (s *setup) printSteps(address string) error {
	var areas []string
	for _, a := range registration.Areas(s.kind()) {
		if a.Usual {
			areas = append(areas, a.Name)
		}
	}
	if s.answer(answerFor) == "" {
		s.kept.Answers[answerFor] = strings.Join(areas, ",")
	}
	a := s.registered()
	a.DeviceCode = s.deviceCode
	if address != "" {
		if s.kind() == registration.Server && s.given[answerKind] && !s.given["credential"] {
			return usagef("people who sign in over HTTP act as themselves: leave out --server")
		}
		a.Kind, a.BaseURL = registration.People, address
	}
	if a.Tenant == "" {
		return usagef("--steps needs --tenant: a GUID, a domain, or organizations")
	}
	if err := a.Check(); err != nil {
		return &usageError{err}
	}
	s.talk = &talk{out: s.o.env.Stdout, screen: s.o.screen(s.o.env.Stdout)}
	s.talk.heading("In the portal")
	s.showPortal(a)
	if len(registration.Commands(a)) > 0 {
		s.talk.say("")
		s.talk.heading("Or with the Azure CLI")
		s.showCommands(a)
	}
	return nil
}

// showRegistration shows what is to be done before the client ID can be given.
func (s *setup) showRegistration() {
	a := s.registered()
	if err := a.Check(); err != nil { // a tenant with a name that Microsoft would not give
		s.talk.complain(err)
		return
	}
	switch s.answer(answerHow) {
	case "portal":
		s.talk.say("")
		s.showPortal(a)
	case "commands":
		s.talk.say("")
		s.showCommands(a)
	}
}

func (s *setup) showPortal(a registration.Answers) {
	for i, text := range registration.Steps(a) {
		lines := terminal.Wrap(terminal.Printable(text), max(s.talk.width()-4, 40))
		fmt.Fprintf(s.talk.out, "%2d. %s\n", i+1, lines[0])
		for _, line := range lines[1:] {
			fmt.Fprintf(s.talk.out, "    %s\n", line)
		}
	}
}

// showCommands writes each command on one line, however long, so that it can be copied.
func (s *setup) showCommands(a registration.Answers) {
	for _, c := range registration.Commands(a) {
		fmt.Fprintf(s.talk.out, "%s\n%s\n", s.talk.screen.Paint(terminal.Dim, "# "+c.Why), c.Line)
	}
}

// showProfile shows what is about to be written.
func (s *setup) showProfile() {
	f := addFlagsOf(s.kept.Answers)
	cloud, authority := s.cloud()
	rows := [][]string{{"profile", s.answer(answerName)}, {"cloud", cloud + ", " + authority}, {"tenant", s.answer("tenant")}, {"client ID", s.answer("client-id")},
		{"signs in", map[registration.Kind]string{registration.Desktop: "a person, in the browser", registration.Server: "the app, with its " + s.answer("credential")}[s.kind()]},
		{"access", f.settings.Access}}
	if len(f.scopes) > 0 {
		rows = append(rows, []string{"permissions", strings.Join(f.scopes, ", ")})
	}
	s.talk.say("")
	t := terminal.Table{Whole: true, Columns: []terminal.Column{{Name: "", Ink: inked(terminal.Dim)}, {Name: "", Wrap: true}}, Rows: rows}
	_, _ = t.Write(s.talk.out, s.talk.screen)
	var set []string
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTH_MODE", "GRAPH_SCOPES"} {
		if profile.Variable(s.o.env.Getenv, name) != "" {
			set = append(set, name)
		}
	}
	if slices.Sort(set); len(set) > 0 {
		s.talk.say("Mind that " + strings.Join(set, ", ") + " is set in this shell, and lies over the profile.")
	}
}
