package mcp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// A call that fails for want of a sign-in starts one, or joins the one of its profile that is under way, and is
// made again after it. The person meets it once, however many calls wait: as a question of the client (URL-mode
// elicitation), else as a browser that opens, else, where a code is to be typed, in the answer to the model. No
// call waits for a person longer than signInWait; the sign-in goes on without it, and the repeated call finds it.

const (
	signInWait = 45 * time.Second // clients give up a call after 60 s
	signInNews = 5 * time.Second  // between two progress notifications
	signInKey  = "signIn"         // names the input request
)

// signIn has the person sign in. A reply is what the client gets: the question for its person, or why the call
// cannot go on.
func (e *errand) signIn(ctx context.Context) *mcp.CallToolResult {
	s, err := e.signIns.join(ctx, e.profile)
	if err != nil {
		return failure(err)
	}
	var refused <-chan struct{}
	switch {
	case canAskByURL(ctx):
		var ours bool
		if ours, refused = s.ask(); ours {
			return e.askToSignIn(ctx, s.SignIn)
		}
	case s.Open == nil || s.UserCode != "":
		// Nothing but the answer shows the person what to open and to type: waiting would hide it.
		return failure(e.unfinished(s.SignIn))
	default:
		if err := s.Open(); err != nil {
			return failure(&unsigned{problem: fmt.Sprintf("not sent: profile %s needs a sign-in, and no browser could be opened: %s", e.profile.Name, err), remedy: byPage(s.SignIn)})
		}
	}
	return e.await(ctx, s.SignIn, refused)
}

// askToSignIn is the question to the person. The state that goes with it also carries the agreement that this call
// already has, because the client's next answer is to this question alone.
func (e *errand) askToSignIn(ctx context.Context, s *tools.SignIn) *mcp.CallToolResult {
	state := e.confirmations.issue(e.signInBinding(ctx))
	if len(e.agreed.given) > 0 {
		bound, err := e.confirmations.bound(ctx, byEarlier, e.profile.Name)
		if err != nil {
			return failure(&unasked{err})
		}
		state += "." + e.confirmations.issueFor(bound, e.agreed.given)
	}
	question := mcp.ElicitationParams{Mode: mcp.ElicitationModeURL, URL: s.URL, Message: e.signInMessage(s)}
	if !server.IsModernRequest(ctx) {
		question.ElicitationID = rand.Text() // required until 2025-11-25, gone since
	}
	return server.NewInputRequestBuilder(state).Elicit(signInKey, question).ToolResult()
}

// resumeSignIn takes the client's answer to the question of an earlier round, where there is one. Nothing of it
// is believed before its state is known to be ours, for this caller, profile and call.
func (e *errand) resumeSignIn(ctx context.Context) *mcp.CallToolResult {
	answer := server.ElicitationResponse(e.request.Params.InputResponses, signInKey)
	if answer == nil || e.profile.SignIn == nil {
		return nil
	}
	state, earlier, _ := strings.Cut(e.request.Params.RequestState, ".")
	redeemed, err := e.confirmations.redeem(ctx, state, e.signInBinding(ctx))
	switch {
	case err != nil:
		return failure(err)
	case !redeemed:
		return failure(fmt.Errorf("the answer to the sign-in question does not belong to this call, was used, or is older than %s: call again to ask once more", minutes(tokenLife)))
	}
	e.earlier = earlier
	s := e.signIns.joined(e.profile)
	if s == nil {
		return nil // cannot be, since it was asked; the call finds out what is needed
	}
	if answer.Action != mcp.ElicitationResponseActionAccept {
		s.refuse()
		return failure(e.declined(s.SignIn))
	}
	return e.await(ctx, s.SignIn, nil)
}

// signInBinding says whose and which call an answer belongs to.
func (e *errand) signInBinding(ctx context.Context) string {
	return fmt.Sprintf("signIn\x00%s\x00%s\x00%s\x00%x", door.PrincipalOf(ctx).Name, e.profile.Name, e.tool.Name, sha256.Sum256(e.arguments))
}

var errRefused = errors.New("the person said no")

// await waits for the end of a sign-in, and tells the client meanwhile what for. A reply is why the call cannot
// go on.
func (e *errand) await(ctx context.Context, s *tools.SignIn, refused <-chan struct{}) *mcp.CallToolResult {
	limited, stop := context.WithTimeout(ctx, signInWait)
	defer stop()
	waiting, end := context.WithCancelCause(limited)
	var news sync.WaitGroup
	news.Go(func() {
		if e.tellWaiting(waiting, s, refused) {
			end(errRefused)
		}
	})
	defer func() {
		end(nil)
		news.Wait()
	}()
	err := s.Wait(waiting)
	switch cause := context.Cause(waiting); {
	case err == nil:
		e.signedIn = true
		return nil
	case errors.Is(cause, errRefused):
		return failure(e.declined(s))
	case errors.Is(ctx.Err(), context.Canceled):
		return failure(cause)
	case cause != nil:
		return failure(e.unfinished(s))
	}
	return failure(&unsigned{problem: fmt.Sprintf("not sent: the sign-in to profile %s failed: %s", e.profile.Name, err), remedy: "repeat the call to try again, or " + byHand(s), cause: err})
}

// tellWaiting reports progress until ctx ends, or the person refused, which it returns.
func (e *errand) tellWaiting(ctx context.Context, s *tools.SignIn, refused <-chan struct{}) bool {
	news := time.NewTicker(signInNews)
	defer news.Stop()
	for n := 1; ; n++ {
		e.progress.report(ctx, n, 0, waitingFor(s))
		select {
		case <-news.C:
		case <-refused:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

func waitingFor(s *tools.SignIn) string {
	if s.UserCode != "" {
		return "waiting for the sign-in at " + s.URL + " with the code " + s.UserCode
	}
	return "waiting for the sign-in in the browser; if none opened: " + s.URL
}

// signInMessage says who asks and for whom.
func (e *errand) signInMessage(s *tools.SignIn) string {
	message := fmt.Sprintf("%s needs you to sign in to Microsoft for its profile %q", Name, e.profile.Name)
	if whom := e.profile.Identity().String(); whom != "" {
		message += " (" + whom + ")"
	}
	message += fmt.Sprintf(". The tool %s is waiting for it.", e.tool.Name)
	if s.UserCode != "" {
		message += fmt.Sprintf(" On the page, enter the code %s.", s.UserCode)
	}
	return message
}

// unsigned is a call that was not sent because its person has not signed in.
type unsigned struct {
	problem, remedy string
	cause           error // may be nil
}

func (e *unsigned) Error() string { return e.problem }
func (e *unsigned) Unwrap() error { return e.cause }

// Hint is the cause's own, where it has one: it knows best what went wrong.
func (e *unsigned) Hint() string {
	var hinted interface{ Hint() string }
	if errors.As(e.cause, &hinted) && hinted.Hint() != "" {
		return hinted.Hint()
	}
	return e.remedy
}

func (e *errand) unfinished(s *tools.SignIn) error {
	return &unsigned{problem: fmt.Sprintf("not sent: profile %s needs a person's sign-in, which is not finished", e.profile.Name), remedy: byPage(s)}
}

func (e *errand) declined(s *tools.SignIn) error {
	return &unsigned{problem: fmt.Sprintf("not sent: the person declined to sign in to profile %s", e.profile.Name),
		remedy: "repeat the call only if the user wants to sign in after all, or " + byHand(s)}
}

// byPage says how to finish a sign-in that is under way.
func byPage(s *tools.SignIn) string {
	steps := "open " + s.URL + " and sign in there"
	if s.UserCode != "" {
		steps = "open " + s.URL + ", enter the code " + s.UserCode + " and sign in"
	}
	return "ask the user to " + steps + " (or " + byHand(s) + "); then repeat the call"
}

// byHand says how to sign in from a shell.
func byHand(s *tools.SignIn) string {
	return fmt.Sprintf("have them run `%s` in a terminal", s.Command)
}
