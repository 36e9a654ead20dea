package mcp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// errand is one tools/call on its way. Its tool may have to be called again once a person has signed in, and once
// more after a person has agreed to what it does, in either order. An agreement holds for what was asked and for
// nothing else: where the tool then does something else, or more, that is a question of its own. Where the person is
// asked through the client, the errand ends with the question and the client's answer comes with another one.
type errand struct {
	*handler
	request   mcp.CallToolRequest
	arguments json.RawMessage
	profile   *tools.Profile
	reading   bool // by the profile that only reads
	progress  *progress
	outcome   string         // in a word, for the observer; a question to the person unless something else came of it
	code      string         // by which the call failed, for the log
	asker     tools.Asker    // of the last try
	as        tools.Identity // of the last try
	signedIn  bool           // has had its sign-in
	agreed    agreement      // of a person to what this call does
	earlier   string         // agreements that the client brought back with the answer to the sign-in question
}

// run makes the call, and returns what the client gets.
func (e *errand) run(ctx context.Context) *mcp.CallToolResult {
	if reply := e.resumeSignIn(ctx); reply != nil {
		return reply
	}
	for {
		e.as = e.profile.Identity()
		e.asker = tools.Asker{Principal: door.PrincipalOf(ctx).Name, Tool: e.tool.Name, RequestID: door.RequestID(ctx), Agreed: e.agreed.forTool()}
		answer, err := e.tool.Call(ctx, tools.Call{Arguments: e.arguments, Profile: e.profile,
			Graph: e.profile.Guarded(e.asker), Check: e.profile.Judge(e.asker), Transfers: e.transfers(),
			Progress: func(done, total int, message string) { e.progress.report(ctx, done, total, message) }})
		var question confirmable
		var reply *mcp.CallToolResult
		switch {
		case err == nil:
			if answer.As != nil {
				e.as = *answer.As
			}
			e.outcome = "ok"
			return success(answer)
		case !e.signedIn && e.profile.SignIn != nil && tools.NeedsSignIn(err):
			if reply = e.signIn(ctx); reply != nil && reply.IsError {
				e.confirmations.release(ctx, e.agreed.spent) // nothing was sent: the call may be repeated unchanged
			}
		case errors.As(err, &question):
			reply = e.confirmations.settle(ctx, &e.agreed, asked{profile: e.profile.Name, question: question, request: e.request,
				token: confirmToken(e.arguments), earlier: e.earlier, declined: func() { e.decline(err) }})
		default:
			e.profile.NoteInvalid(e.asker, err)
			e.outcome, e.code = tools.Outcome(err), tools.Code(err)
			return failure(err)
		}
		if reply != nil {
			return reply
		}
		e.progress.again()
	}
}

// decline notes that the person has said no.
func (e *errand) decline(question error) {
	e.outcome = "refused"
	e.profile.NoteDeclined(e.asker, question)
}

// success renders what a tool answered.
func success(answer tools.Result) *mcp.CallToolResult {
	result := mcp.NewToolResultText(answer.Text)
	for _, m := range answer.Media {
		result.Content = append(result.Content, mcp.NewImageContent(base64.StdEncoding.EncodeToString(m.Data), m.MIMEType))
	}
	return result
}
