package ui

import (
	"context"
	"time"
)

// Profiles is what the dashboard knows and does of profiles.
type Profiles interface {
	// Names returns the profiles' names, without asking anybody.
	Names(ctx context.Context) ([]string, error)
	// Profiles tells how each profile is, which may take asking for a token.
	Profiles(ctx context.Context) ([]Profile, error)
	// SignIn begins a person's sign-in.
	SignIn(ctx context.Context, name string) (*SignIn, error)
	// SignOut forgets a sign-in, and reports whether there was one.
	SignOut(ctx context.Context, name string) (was bool, err error)
}

// Profile is how a profile is.
type Profile struct {
	Name, Mode, Account, Tenant, Cloud string

	Person     bool // somebody signs in to it
	Ready      bool // it can get a token
	ReadOnly   bool
	Credential string // what it signs in with, and where that rests

	Permissions       []string
	SignedInAt        time.Time // these two where they are known
	CredentialExpires time.Time

	Problem, Remedy string
}

// SignIn is a sign-in that waits for a person.
type SignIn struct {
	Page    string // what the person opens
	Code    string // what they type there; "" for nothing
	Expires time.Time

	// End waits for the person, and returns who has signed in. It is called once, and ends the sign-in with ctx.
	End func(ctx context.Context) (account string, err error)
}

// Calls is where the audit log can be read.
type Calls interface {
	Calls(ctx context.Context) (Log, error)
}

// Log is the end of an audit log.
type Log struct {
	Place string // the file; "" where the log is not kept in one
	To    string // where it goes then
	Lines []Line // the oldest first
	Older bool   // there is more than Lines
}

// Line is a line of the audit log; see policy.Entry.
type Line struct {
	Time                                                       time.Time
	Verdict, Stage, Agreed, Rule, Call, Item                   string
	Principal, Profile, Account, Tool, API, Method, Path, Code string
	Status                                                     int
	Took                                                       time.Duration
}

// Policy tells what a profile's rules say of a call.
type Policy interface {
	Try(ctx context.Context, t Trial) (Judgement, error)
}

// Trial is a call that is not made.
type Trial struct{ Profile, API, Version, Method, Path, Body string }

// Judgement is what is said of it.
type Judgement struct {
	Profile, Access, Service string

	ID      string // of an item of a batch
	Verdict string // allow, confirm or deny
	Rule    string
	Reason  string
	Method  string
	Path    string

	Readings []string // of the path, where there are several
	Items    []Judgement
}

// Clients is what writes this server into the clients of this machine.
type Clients interface {
	Clients(ctx context.Context) ([]Client, error)
	// Plan makes out what would be written for the client of that name, and writes nothing.
	Plan(ctx context.Context, name string, remove bool) (Change, error)
}

// Client is a program that can start this server.
type Client struct {
	Name, Title, File string

	Present   bool   // it seems to be on this machine
	Installed bool   // it has an entry for this server
	Next      string // what makes it notice a change

	Problem, Remedy string // of its file
}

// Change is what would be written into a file.
type Change struct {
	File          string
	Before, After []byte
	Write         func() (backup string, err error)
}
