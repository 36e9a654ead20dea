package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/registration"
)

// step is a question of a set-up with its place in it.
type step struct {
	name   string // of the answer
	wanted func() bool
	before func() // shown before it is asked the first time
	question
	verify func(ctx context.Context, answer string) error // what takes a look at the network; nil: nothing
}

// steps are the questions in their order. Those that the answers before them make pointless are not wanted.
func (s *setup) steps() []step {
	server := func() bool { return s.kind() == registration.Server }
	proof := func(kind string) func() bool {
		return func() bool { return server() && s.answer("credential") == kind }
	}
	always := func() bool { return true }
	all := []step{
		{name: answerKind, wanted: always, question: s.askKind()},
		{name: "cloud", wanted: func() bool { return s.answer("authority") == "" && s.answer("graph") == "" }, question: s.askCloud()},
		{name: "tenant", wanted: always, question: s.askTenant(), verify: s.lookUpTenant},
		{name: answerAccess, wanted: always, question: question{title: "May it change things?", usual: profile.ReadOnly.String(),
			options: []option{{profile.ReadOnly.String(), "it reads, and can change nothing whatever a model asks for"}, {profile.ReadWrite.String(), "it may also send, write and delete, as far as its permissions go"}},
			help:    "It can be changed later: access in the configuration file. A policy can allow or refuse single calls, too."}},
		{name: answerFor, wanted: always, question: s.askFor()},
		{name: "credential", wanted: server, question: question{title: "What does the app prove itself with?", usual: "client-secret",
			options: []option{{"client-secret", "a secret that Entra makes; it expires"}, {"certificate", "a certificate, whose key never leaves this machine"}, {"federated-token", "a token that the platform writes into a file (workload identity)"}},
			help:    "A secret is the quickest, a certificate the safer one. In Kubernetes or a pipeline the platform can vouch for the app. For a managed identity use  profile add --credential managed-identity."}},
		{name: "secret-from", wanted: proof("client-secret"), question: question{title: "Where does the secret rest?", open: true, usual: s.usualPlace(),
			options: []option{{"keyring", "it is asked for later, and kept in the OS keyring"}}, check: s.fitting("secret-from", "credential"),
			help: "keyring, or a place that has it already: env:NAME, file:PATH or systemd:NAME. Never type the secret itself here."}},
		{name: "certificate-file", wanted: proof("certificate"), question: question{title: "Which file holds the certificate and its key (PEM or PFX)?", open: true, check: s.fitting("certificate-file", "credential"),
			help: "For example: openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=microsoft-mcp-server -keyout app.key -out app.crt; cat app.crt app.key > app.pem"}, verify: s.lookAtFile},
		{name: "token-file", wanted: proof("federated-token"), question: question{title: "Into which file does the platform write the token?", open: true, check: s.fitting("token-file", "credential"),
			help: "In Kubernetes with workload identity it is in AZURE_FEDERATED_TOKEN_FILE: /var/run/secrets/azure/tokens/azure-identity-token"}, verify: s.lookAtFile},
		{name: answerHow, wanted: func() bool { return !s.given["client-id"] }, question: s.askHow()},
		{name: "client-id", wanted: always, before: s.showRegistration, question: question{title: "What is the application (client) ID?", open: true, check: s.fitting("client-id", "client_id"),
			help: "It is a GUID in the app registration's overview. back shows the steps again."}, verify: s.lookUpApp},
		{name: answerName, wanted: always, question: s.askName()},
		{name: answerWrite, wanted: func() bool { return !s.kept.Wrote }, before: s.showProfile, question: question{title: "Write this profile?", usual: "yes",
			options: []option{{"yes", "add it to " + profile.Path(s.o.place())}, {"no", "go back"}}, check: yesOrBack,
			help: "It is added to the file; all else in it stays as it is, comments too."}},
	}
	for i := range all { // a profile that is used as it is needs no more answers
		wanted := all[i].wanted
		all[i].wanted = func() bool { return s.answer(answerExisting) == "" && wanted() }
	}
	return all
}

func yesOrBack(answer string) (string, error) {
	if answer == "no" {
		return "", errBack
	}
	return answer, nil
}

func (s *setup) usualPlace() string {
	if s.answer("vault-file") != "" {
		return "vault"
	}
	return "keyring"
}

func (s *setup) askKind() question {
	return question{title: "Who signs in?", usual: string(registration.Desktop),
		options: []option{{string(registration.Desktop), "you, in the browser: it acts as you, and sees what you see"}, {string(registration.Server), "the app by itself, with a secret or certificate: servers, agents, jobs"}},
		help:    "On a desktop, Graph is called as the person who signed in, with delegated permissions. On a server, the app has application permissions, that an administrator grants, and reaches the data of everybody they are for."}
}

func (s *setup) askCloud() question {
	return question{title: "Which of Microsoft's clouds?", usual: "global",
		options: []option{{"global", "the one that almost everybody is in, GCC too"}, {"usgov", "US government, GCC High (L4)"}, {"usgov-dod", "US Department of Defense (L5)"}, {"china", "operated by 21Vianet"}},
		help:    "Tokens and app registrations belong to one cloud. If you sign in at portal.azure.com, it is global. A cloud of one's own is named by flags: --authority and --graph."}
}

func (s *setup) askTenant() question {
	q := question{title: "Which tenant?", open: true,
		help: "One of its domains, such as contoso.onmicrosoft.com or what follows the @ in the addresses of its people; or the Directory (tenant) ID in the portal. For people also: organizations (any work account) or personal (Microsoft accounts such as outlook.com)."}
	fits := s.fitting("tenant", "tenant_id", "account_type")
	q.check = func(typed string) (string, error) {
		if strings.EqualFold(typed, profile.PersonalAccount) {
			typed = "consumers"
		}
		return fits(typed)
	}
	return q
}

func (s *setup) askFor() question {
	q := question{title: "What is it to reach?", many: true, open: true}
	write := s.answer(answerAccess) == profile.ReadWrite.String()
	var usual []string
	for _, a := range registration.Areas(s.kind()) {
		permissions, _ := registration.Permissions(s.kind(), write, []string{a.Name})
		permissions = slices.DeleteFunc(permissions, func(p string) bool { return p == "User.Read" })
		q.options = append(q.options, option{a.Name, a.Title + " (" + strings.Join(permissions, ", ") + ")"})
		if a.Usual {
			usual = append(usual, a.Name)
		}
	}
	q.usual = strings.Join(usual, ",")
	q.help = "Numbers or names with commas between them; names of permissions, too, such as User.Read.All. These are the least that is needed: more can be added later, in the registration and, for people, in the profile's scopes."
	fits := s.fitting(answerFor, "scopes")
	q.check = func(typed string) (string, error) {
		if _, err := registration.Permissions(s.kind(), write, split(typed)); err != nil {
			return "", err
		}
		return fits(typed)
	}
	return q
}

func (s *setup) askHow() question {
	q := question{title: "An app registration is needed, once. How do you want to make it?", usual: "portal",
		options: []option{{"portal", "show the steps in the portal"}, {"commands", "show commands of the Azure CLI to paste"}, {"have", "it exists; I have its client ID"}},
		help:    "Microsoft Entra has to know the app that asks for your data. It is your own: nobody else's is built in. An administrator can make it, too:  setup --steps  prints what to send."}
	if a := s.registered(); len(registration.Commands(a)) == 0 {
		q.options = slices.DeleteFunc(q.options, func(o option) bool { return o.name == "commands" })
	}
	return q
}

// profileNames are those in the file; none where it cannot be read.
func (s *setup) profileNames() []string {
	c, err := s.o.load()
	if err != nil {
		return nil
	}
	return c.Names()
}

func (s *setup) askName() question {
	names := s.profileNames()
	base, _, _ := strings.Cut(strings.ToLower(s.answer("tenant")), ".")
	if !strings.Contains(s.answer("tenant"), ".") {
		base = map[string]string{"consumers": "personal", "organizations": "work", "common": "work"}[base]
	}
	if base == "" {
		base = "main"
	}
	usual := base
	for n := 2; slices.Contains(names, usual); n++ {
		usual = base + "-" + strconv.Itoa(n)
	}
	q := question{title: "What shall the profile be called?", open: true, usual: usual,
		help: "A short name by which commands and clients choose it. \"use NAME\" takes a profile that is there already, as it is."}
	fits := s.fitting(answerName, "")
	q.check = func(typed string) (string, error) {
		if existing, ok := strings.CutPrefix(typed, "use "); ok {
			if !slices.Contains(names, strings.TrimSpace(existing)) {
				return "", usagef("there is no profile of that name to use")
			}
			return typed, nil
		}
		if slices.Contains(names, typed) && !s.kept.Wrote {
			return "", usagef("there is a profile %s already, which stays as it is: choose another name, or type  use %s  to go on with that one", typed, typed)
		}
		return fits(typed)
	}
	return q
}

// answerAll asks what has no answer yet.
func (s *setup) answerAll(ctx context.Context) error {
	for i := 0; ; {
		steps := s.steps() // they depend on the answers
		if i >= len(steps) {
			return nil
		}
		st := steps[i]
		if !st.wanted() {
			i++
			continue
		}
		if s.answer(st.name) != "" {
			i++
			continue
		}
		err := s.answerOne(ctx, st)
		switch {
		case errors.Is(err, errBack):
			i = s.before(steps, i)
		case err != nil:
			return err
		default:
			s.keep()
			i++
		}
	}
}

// before takes the answer before the i-th question back, and returns which one it was.
func (s *setup) before(steps []step, i int) int {
	for j := i - 1; j >= 0; j-- {
		if name := steps[j].name; steps[j].wanted() && !s.given[name] {
			s.proposed[name] = s.answer(name)
			delete(s.kept.Answers, name)
			s.keep()
			return j
		}
	}
	s.talk.say("This is the first question.")
	return i
}

func (s *setup) answerOne(ctx context.Context, st step) error {
	if s.talk == nil {
		return s.takeUsual(st)
	}
	if st.before != nil {
		st.before()
	}
	if proposed := s.proposed[st.name]; proposed != "" {
		st.usual = proposed
	}
	for {
		answer, err := s.talk.ask(ctx, st.question)
		if err != nil {
			return err
		}
		if st.verify != nil {
			if err := st.verify(ctx, answer); err != nil {
				s.talk.complain(err)
				continue
			}
		}
		s.set(st.name, answer)
		return nil
	}
}

// set takes an answer, and drops those that it makes pointless.
func (s *setup) set(name, answer string) {
	if existing, ok := strings.CutPrefix(answer, "use "); ok && name == answerName {
		answer = strings.TrimSpace(existing)
		s.kept.Answers[answerExisting] = answer
	}
	s.kept.Answers[name] = lasting(name, answer)
	delete(s.proposed, name)
	for _, st := range s.steps() {
		if !st.wanted() && !s.given[st.name] && st.name != answerName && st.name != answerWrite {
			delete(s.kept.Answers, st.name)
		}
	}
}

// lasting makes whole paths of those that begin at the folder of the person's shell: the next set-up may be started in another.
func lasting(name, answer string) string {
	if path, ok := strings.CutPrefix(answer, "file:"); ok && strings.HasSuffix(name, "-from") {
		return "file:" + lasting("ca-file", path)
	}
	if !slices.Contains([]string{"ca-file", "certificate-file", "token-file", "vault-file"}, name) {
		return answer
	}
	if whole, err := absolute(answer); err == nil {
		return whole
	}
	return answer
}

// lookAtFile refuses what is not the path of a file that is there, before it is kept: somebody may paste the secret itself
// where its file is asked for.
func (s *setup) lookAtFile(_ context.Context, typed string) error {
	const remedy = "type the path of a file that this user can reach; what was typed is neither shown again nor kept"
	path := typed
	if rest, ok := strings.CutPrefix(typed, "~/"); ok { // as the configuration means it
		path = filepath.Join(cmp.Or(s.o.env.Getenv("HOME"), s.o.env.Getenv("USERPROFILE")), rest)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return &profile.Error{Problem: "there is no such file", Remedy: remedy}
	case !info.Mode().IsRegular():
		return &profile.Error{Problem: "that is not a regular file", Remedy: remedy}
	}
	return nil
}

// takeUsual answers where nobody is asked.
func (s *setup) takeUsual(st step) error {
	switch {
	case st.name == answerHow:
		s.set(st.name, "have")
	case st.usual == "":
		return usagef("setup --non-interactive needs --%s", st.name)
	default:
		answer, err := st.take(st.usual)
		if err != nil {
			return err
		}
		s.set(st.name, answer)
	}
	return nil
}
