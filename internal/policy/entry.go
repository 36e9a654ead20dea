package policy

import (
	"crypto/sha256"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Recorder keeps the audit log. Record keeps all entries, in order, before it returns nil. It is safe for
// concurrent use.
type Recorder interface {
	Record(entries ...Entry) error
}

// Entry is a line of the audit log: who did what, and what came of it. It holds no query, no body and no answer.
type Entry struct {
	Verdict string `json:"verdict"`         // denied, unconfirmed, declined, allowed, confirmed
	Stage   string `json:"stage,omitempty"` // of what is sent: sending, then done, and of an upload session ended
	Agreed  string `json:"agreed,omitempty"`
	Rule    string `json:"rule,omitempty"` // what decided, in the words of the configuration
	Call    string `json:"call"`           // the same in all lines of one call
	Item    string `json:"item,omitempty"` // of a batch

	RequestID string `json:"request_id,omitempty"` // of the request over HTTP, as in the server's log
	Principal string `json:"principal,omitempty"`  // who asked over HTTP
	Profile   string `json:"profile"`
	Tenant    string `json:"tenant,omitempty"`
	Account   string `json:"account,omitempty"`
	Tool      string `json:"tool"`

	API     string `json:"api,omitempty"` // this and the next ones are missing where there was nothing to judge
	Version string `json:"version,omitempty"`
	Method  string `json:"method,omitempty"`
	Path    string `json:"path,omitempty"` // canonical, as rules are compared with it; without version and query
	Sent    string `json:"sent,omitempty"` // as it was sent, where that differs: IDs have capitals

	Status          int    `json:"status,omitempty"`           // HTTP; 0: no answer came
	Code            string `json:"code,omitempty"`             // the service's word for a refusal, or why there is no answer
	GraphRequestID  string `json:"graph_request_id,omitempty"` // Microsoft's, for its support
	ClientRequestID string `json:"client_request_id,omitempty"`
	Took            int64  `json:"took_ms,omitempty"`
}

// What became of a call, and how far it got.
const (
	Denied      = "denied"
	Unconfirmed = "unconfirmed" // a person has to agree first
	Declined    = "declined"    // the person said no
	Allowed     = "allowed"
	Confirmed   = "confirmed"

	Sending = "sending"
	Done    = "done"
	Ended   = "ended" // everything was sent through the session that the call has opened, or no more will be

	AgreedByPerson = "person" // asked through the client
	AgreedByToken  = "token"  // which the model brought back
)

// By says who makes the calls of one guard.
type By struct {
	Principal, Profile, Tool string
	RequestID                string // of the request over HTTP; "" where there is none

	Who    func() (tenantID, account string) // as whom the calls are made; nil: not known
	Agreed [][sha256.Size]byte               // what a person has agreed to, as ConfirmError.Digests has it; all else is asked for anew
	Token  bool                              // and the agreement came through the model
}

// canonical returns a request's path as rules are compared with it, in its likeliest reading.
func canonical(r *graph.Request) string {
	if likely := r.Likely(); len(likely) > 0 {
		return show(likely[0])
	}
	return r.Path()
}

func entryOf(r *graph.Request) Entry {
	e := Entry{API: string(r.API()), Version: r.Version(), Method: r.Method(), Path: clip(canonical(r))}
	if sent := clip(r.Path()); sent != e.Path {
		e.Sent = sent
	}
	return e
}

// clip bounds what callers and services can put into a line.
func clip(s string) string {
	const most = 1024
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
