package policy

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"syscall"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// AuditError is a call that was not sent because it could not be recorded.
type AuditError struct{ Err error }

// Error says what stands in the way.
func (e *AuditError) Error() string {
	return "not sent: the audit log cannot be written, and nothing that changes something goes unrecorded: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *AuditError) Unwrap() error { return e.Err }

// Hint says who can help.
func (e *AuditError) Hint() string {
	switch {
	case errors.Is(e.Err, syscall.ENOSPC), errors.Is(e.Err, syscall.EDQUOT):
		return "reading still works; tell the person that the disk of the server's audit log ([audit] in its configuration) is full"
	case errors.Is(e.Err, syscall.EMFILE), errors.Is(e.Err, syscall.ENFILE):
		return "try again in a moment; where it stays so, tell the person to raise the server's limit of open files (ulimit -n; LimitNOFILE= in a systemd unit)"
	}
	return "reading still works; tell the person that the server's audit log ([audit] in its configuration) has to be made writable"
}

// send sends r, between two lines of the log where it changes something or a person agreed to it.
func (g guard) send(ctx context.Context, r *graph.Request) (*graph.Response, error) {
	lines, err := g.changing(r)
	if err == nil {
		err = g.record(lines)
	}
	if err != nil {
		return nil, &AuditError{err}
	}
	if len(lines) == 0 {
		return g.next.Do(ctx, r)
	}
	start := time.Now()
	response, err := g.next.Do(ctx, r)
	outcome := outcomeOf(response, err)
	outcome.took = time.Since(start)
	if err == nil && isBatch(r) {
		outcome.items = itemOutcomes(response.Body)
	}
	for i := range lines {
		lines[i].Stage = Done
		outcome.into(&lines[i])
	}
	g.identify(lines)   // who it was may be known only now
	_ = g.record(lines) // the log has told that it could not; the call was made and its answer is due
	if err == nil && opensSession(r) {
		response.Ended = func(stored *graph.Response, err error) { g.recordEnd(lines, time.Since(start), stored, err) }
	}
	return response, err
}

// opensSession tells whether r's answer says where a file is to be sent, which the guard does not see.
func opensSession(r *graph.Request) bool {
	return r.Method() == http.MethodPost && slices.ContainsFunc(r.Readings(), func(reading graph.Reading) bool {
		return len(reading) > 0 && reading[len(reading)-1] == "createuploadsession"
	})
}

// recordEnd records what came of the upload session that a call has opened.
func (g guard) recordEnd(lines []Entry, took time.Duration, stored *graph.Response, err error) {
	outcome := outcomeOf(stored, err)
	outcome.took = took
	if outcome.code == noAnswer {
		outcome.code = "broke off"
	}
	for i := range lines {
		lines[i].Stage = Ended
		outcome.into(&lines[i])
	}
	_ = g.record(lines) // as with the line before
}

// changing returns a line for each call in r that changes something or was agreed to, about to be sent.
func (g guard) changing(r *graph.Request) ([]Entry, error) {
	calls, ids := []*graph.Request{r}, []string{""}
	if isBatch(r) {
		items, itemIDs, err := itemsOf(r)
		if err != nil {
			return nil, err
		}
		calls, ids = append(calls, items...), append(ids, itemIDs...)
	}
	var lines []Entry
	for i, call := range calls {
		_, changing := changes(subjectOf(call))
		if !changing && len(g.by.Agreed) == 0 {
			continue
		}
		d := g.policy.decideRequest(call)
		if !changing && d.verdict == Allow {
			continue
		}
		line := entryOf(call)
		line.Item, line.Rule, line.Verdict, line.Stage = clip(ids[i]), d.rule, Allowed, Sending
		if d.verdict != Allow {
			line.Verdict, line.Agreed = Confirmed, AgreedByPerson
			if g.by.Token {
				line.Agreed = AgreedByToken
			}
		}
		lines = append(lines, line)
	}
	return g.sign(lines), nil
}

// itemsOf returns the calls in a batch.
func itemsOf(r *graph.Request) (calls []*graph.Request, ids []string, err error) {
	var b batch
	if err := json.Unmarshal(r.Body(), &b); err != nil {
		return nil, nil, errors.New("the batch cannot be read")
	}
	for _, item := range b.Requests {
		call, err := item.call(r)
		if err != nil {
			return nil, nil, err
		}
		calls, ids = append(calls, call), append(ids, item.ID)
	}
	return calls, ids, nil
}

// recordRefusal records why r was not sent. The refusal stands whether or not that works.
func (g guard) recordRefusal(r *graph.Request, err error) {
	_ = g.record(g.sign(refusals(r, err, Unconfirmed)))
}

// RecordDeclined records that a person did not agree to what err asks for, where it is a [*ConfirmError].
func RecordDeclined(log Recorder, by By, err error) {
	var confirm *ConfirmError
	if !errors.As(err, &confirm) {
		return
	}
	g := guard{log: log, by: by}
	_ = g.record(g.sign(refusals(nil, confirm, Declined))) // as with every refusal
}

func refusals(r *graph.Request, err error, verdict string) []Entry {
	var confirm *ConfirmError
	if errors.As(err, &confirm) {
		var lines []Entry
		for _, ask := range confirm.asks {
			line := entryOf(ask.request)
			line.Verdict, line.Rule = verdict, ask.rule
			lines = append(lines, line)
		}
		return lines
	}
	line := entryOf(r)
	line.Verdict, line.Rule = Denied, "not a call that can be judged"
	var refused *RefusedError
	if errors.As(err, &refused) {
		line.Method = refused.Method // of an item, where r is a batch
		line.Path, line.Sent = clip(refused.canonical), ""
		if sent := clip(refused.Path); sent != line.Path {
			line.Sent = sent
		}
		if refused.Rule != "" {
			line.Rule = refused.Rule
		}
	}
	return []Entry{line}
}

// RecordInvalid records that a call was refused before it could be judged; why says what was wrong with it, in words
// of ours.
func RecordInvalid(log Recorder, by By, why string) {
	g := guard{log: log, by: by}
	_ = g.record(g.sign([]Entry{{Verdict: Denied, Rule: why}})) // as with every refusal
}

// sign writes into the lines of one call who makes it.
func (g guard) sign(lines []Entry) []Entry {
	var id [8]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	for i := range lines {
		l := &lines[i]
		l.Call = hex.EncodeToString(id[:])
		l.RequestID, l.Principal, l.Profile, l.Tool = clip(g.by.RequestID), clip(g.by.Principal), g.by.Profile, g.by.Tool
	}
	g.identify(lines)
	return lines
}

func (g guard) identify(lines []Entry) {
	if g.by.Who == nil {
		return
	}
	tenant, account := g.by.Who()
	for i := range lines {
		lines[i].Tenant, lines[i].Account = clip(tenant), clip(account)
	}
}

var errNoLog = errors.New("none is set")

func (g guard) record(lines []Entry) error {
	switch {
	case len(lines) == 0:
		return nil
	case g.log == nil:
		return errNoLog
	}
	return g.log.Record(lines...)
}
