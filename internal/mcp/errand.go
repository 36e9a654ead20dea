package mcp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"

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
	progress  *progress
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
		asker := tools.Asker{Principal: principalFrom(ctx).name, Tool: e.tool.Name, Agreed: e.agreed.forTool()}
		answer, err := e.tool.Call(ctx, tools.Call{Arguments: e.arguments, Profile: e.profile,
			Graph: e.profile.Guarded(asker), Check: e.profile.Judge(asker), Transfers: e.transfers,
			Progress: func(done, total int, message string) { e.progress.report(ctx, done, total, message) }})
		var question confirmable
		var reply *mcp.CallToolResult
		switch {
		case err == nil:
			if answer.As != nil {
				e.as = *answer.As
			}
			return success(answer)
		case !e.signedIn && e.profile.SignIn != nil && tools.NeedsSignIn(err):
			if reply = e.signIn(ctx); reply != nil && reply.IsError {
				e.confirmations.release(e.agreed.spent) // nothing was sent: the call may be repeated unchanged
			}
		case errors.As(err, &question):
			reply = e.confirmations.settle(ctx, &e.agreed, asked{profile: e.profile.Name, question: question, request: e.request,
				token: confirmToken(e.arguments), earlier: e.earlier, declined: func() { e.profile.NoteDeclined(asker, err) }})
		default:
			e.profile.NoteInvalid(asker, err)
			return failure(err)
		}
		if reply != nil {
			return reply
		}
		e.progress.again()
	}
}

// success renders what a tool answered.
func success(answer tools.Result) *mcp.CallToolResult {
	result := mcp.NewToolResultText(answer.Text)
	for _, m := range answer.Media {
		result.Content = append(result.Content, mcp.NewImageContent(base64.StdEncoding.EncodeToString(m.Data), m.MIMEType))
	}
	return result
}
