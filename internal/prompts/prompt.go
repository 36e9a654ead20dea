package prompts

import (
	"embed"
	"net/http"
	"strings"
)

//go:embed texts
var texts embed.FS

// Prompt is one recipe.
type Prompt struct {
	Name        string
	Title       string
	Description string
	Arguments   []Argument
	Needs       []Call   // without any of which the recipe is of no use
	Tools       []string // likewise
}

// Argument is what a person says when they start a prompt.
type Argument struct {
	Name        string
	Description string
	Required    bool
	Kind        Kind
	Default     string
}

// Kind says what an argument is.
type Kind int

// The kinds of arguments.
const (
	Words  Kind = iota // some words
	Person             // a user principal name or an object ID
	Number             // 1 to 100
	Owner              // a Person whose mailbox or files are meant; without, those of whoever is signed in
)

// Call is a call of Microsoft Graph: a method and a pattern as policies have them, which may begin with {mailbox}.
type Call struct{ Method, Path string }

// Of returns the pattern for the mailbox and files of somebody: /me or /users/*.
func (c Call) Of(owner string) string { return strings.Replace(c.Path, "{mailbox}", owner, 1) }

// All returns every prompt there is, in the order in which they are listed.
func All() []Prompt {
	owner := Argument{Name: "user", Kind: Owner, Description: "Whose: user principal name or object ID; without, the signed-in person's"}
	return []Prompt{
		{
			Name: "triage_inbox", Title: "Triage the inbox",
			Description: "Goes through the unread mail and sorts it: answer today, do, wait for, read, file. Proposes flags, categories and drafts.",
			Arguments:   []Argument{owner, {Name: "count", Kind: Number, Default: "25", Description: "How many messages at most; default 25"}},
			Needs:       []Call{{http.MethodGet, "{mailbox}/mailFolders/inbox/messages"}},
			Tools:       []string{"microsoft_graph"},
		},
		{
			Name: "prepare_meeting", Title: "Prepare for a meeting",
			Description: "Brings together on one page what a meeting is about: who comes, the mails and the files about it, what is open.",
			Arguments:   []Argument{{Name: "meeting", Description: "Words of its subject; without, the next one"}, owner},
			Needs:       []Call{{http.MethodGet, "{mailbox}/calendarView"}},
			Tools:       []string{"microsoft_graph"},
		},
		{
			Name: "find_document", Title: "Find a document",
			Description: "Finds the one document that is meant in OneDrive, SharePoint and mail, and makes sure that it is the right one.",
			Arguments: []Argument{{Name: "about", Required: true, Description: "What it is about, in a few words"},
				{Name: "hints", Description: "What else is known: who wrote it, when, what kind of file"}, owner},
			Needs: []Call{{http.MethodPost, "/search/query"}},
			Tools: []string{"microsoft_graph", "sharepoint_search", "read_document"},
		},
		{
			Name: "review_app_permissions", Title: "Review an app's permissions",
			Description: "Lists what an app may do in the tenant, by itself and on behalf of people, how risky that is and what it does not need.",
			Arguments:   []Argument{{Name: "app", Required: true, Description: "The beginning of its display name"}},
			Needs:       []Call{{http.MethodGet, "/servicePrincipals"}, {http.MethodGet, "/servicePrincipals/*/appRoleAssignments"}},
			Tools:       []string{"microsoft_graph"},
		},
		{
			Name: "offboard_user", Title: "Offboard a user",
			Description: "Closes the account of somebody who leaves: plan first, then sign-in, sessions, replies, files, groups and licences, each after agreement.",
			Arguments: []Argument{{Name: "user", Kind: Person, Required: true, Description: "Who leaves: user principal name or object ID"},
				{Name: "successor", Kind: Person, Description: "Who takes over: user principal name or object ID; without, the manager is proposed"}},
			Needs: []Call{{http.MethodGet, "/users/*"}, {http.MethodPatch, "/users/*"}, {http.MethodPost, "/users/*/revokeSignInSessions"}},
			Tools: []string{"microsoft_graph"},
		},
	}
}
