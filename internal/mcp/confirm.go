package mcp

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// confirmable is an error of a call that a person has to agree to. The policy's errors are of this kind.
type confirmable interface {
	error
	Question() string
	CallDigest() [sha256.Size]byte
	Digests() [][sha256.Size]byte // of all that is asked for, by which the guard knows it again
}

// confirmations lets people agree to single calls. An agreement is a token that is bound to the caller, the
// profile and the exact call, holds for some minutes, and can be used once. A tool may make several calls that have
// to be agreed to, one after the other: the token for the next one carries the agreements to those before.
//
// Which were used is in the store, so that a token counts once among all replicas, all of which take it. Where the store
// cannot be asked, nothing is sent.
type confirmations struct {
	key    [sha256.Size]byte
	now    func() time.Time
	shared Shared
}

const (
	nonceSize   = 16
	headSize    = nonceSize + 8 // with the end of the token's life
	tokenLife   = 10 * time.Minute
	questionKey = "confirm" // names the one input request of a call
	maxAsked    = 8         // questions of one tools/call

	// usedLife is how long it is known that a token was used: longer than any replica's clock takes it for valid.
	usedLife = 2 * tokenLife
)

func newConfirmations(shared Shared, sealer Sealer) *confirmations {
	return &confirmations{key: sealer.Key("confirm"), now: time.Now, shared: shared}
}

// asked is one question to a person.
type asked struct {
	profile  string
	question confirmable
	request  mcp.CallToolRequest
	token    string // the confirm argument
	earlier  string // agreements that an earlier round of this call came to
	declined func() // is called where the person says no
}

// agreement is a person's to what one tools/call does; the zero value is none.
type agreement struct {
	looked   bool                // for what the client brought
	given    [][sha256.Size]byte // the questions that the person has said yes to, in this round or before
	declined [sha256.Size]byte   // the one that they have said no to
	digests  [][sha256.Size]byte // of what may be sent: of those of given that have come up
	met      [][sha256.Size]byte // which these are
	spent    string              // the confirm token that was redeemed for it; "" where the client asked
}

// forTool is the agreement as tools know it.
func (a *agreement) forTool() *tools.Agreement {
	if len(a.digests) == 0 {
		return nil
	}
	return &tools.Agreement{Digests: a.digests, ByToken: a.spent != ""}
}

// In which ways an agreement comes back. What a client sends back with its person's answer must not do as what a
// model may send back by itself.
const (
	byState   = "state"
	byToken   = "token"
	byEarlier = "agreed" // through the client, while its person signs in
)

// binding says how an agreement comes back, who makes the call, and as whom.
func binding(ctx context.Context, way, profile string) string {
	return fmt.Sprintf("%s\x00%s\x00%s", way, door.PrincipalOf(ctx).Name, profile)
}

// settle decides whether the call may go on. A reply is what the client gets where it may not: the question for
// its person, or the reason.
func (c *confirmations) settle(ctx context.Context, agreed *agreement, a asked) *mcp.CallToolResult {
	call := a.question.CallDigest()
	if !agreed.looked {
		agreed.looked = true
		if err := c.lookFor(ctx, agreed, a); err != nil {
			return failure(err)
		}
	}
	switch {
	case slices.Contains(agreed.met, call): // it would be asked for ever
		return failure(a.question)
	case slices.Contains(agreed.given, call):
		agreed.met, agreed.digests = append(agreed.met, call), append(agreed.digests, a.question.Digests()...)
		return nil
	case agreed.declined == call:
		a.declined()
		return failure(fmt.Errorf("not sent: the person did not agree to %s", a.question.Error()))
	case len(agreed.given) == maxAsked:
		return failure(fmt.Errorf("%w; one call is asked for at most %d times", a.question, maxAsked))
	}
	all, way := append(slices.Clone(agreed.given), call), byToken
	if canAsk(ctx) {
		way = byState
	}
	bound, err := c.bound(ctx, way, a.profile)
	if err != nil {
		return failure(&unasked{err})
	}
	token := c.issueFor(bound, all)
	if way == byState {
		return server.NewInputRequestBuilder(token).Elicit(questionKey, mcp.ElicitationParams{
			Mode: mcp.ElicitationModeForm, Message: a.question.Question(),
			RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
		}).ToolResult()
	}
	return failure(&unaskable{question: a.question, token: token})
}

// lookFor takes up the agreement that the client brought, where there is one. It has to be to the first question.
func (c *confirmations) lookFor(ctx context.Context, agreed *agreement, a asked) error {
	call := a.question.CallDigest()
	if answer := server.ElicitationResponse(a.request.Params.InputResponses, questionKey); answer != nil {
		given, ok, err := c.redeemBound(ctx, a.request.Params.RequestState, byState, a.profile, call)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("the agreement does not belong to this call, was used, or is older than %s: call again to ask once more", minutes(tokenLife))
		}
		if answer.Action != mcp.ElicitationResponseActionAccept { // the answer is to the last of them
			agreed.declined, given = given[len(given)-1], given[:len(given)-1]
		}
		agreed.given = given
		return nil
	}
	if a.earlier != "" {
		given, ok, err := c.redeemBound(ctx, a.earlier, byEarlier, a.profile, call)
		if err != nil {
			return err
		}
		if ok {
			agreed.given = given
			return nil
		}
	}
	if a.token != "" && acceptsToken(a.question) {
		given, ok, err := c.redeemBound(ctx, a.token, byToken, a.profile, call)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("the confirm token does not belong to this exact call, was used, or is older than %s: repeat the call without it to ask anew", minutes(tokenLife))
		}
		agreed.given, agreed.spent = given, a.token
	}
	return nil
}

// unaskable is a call that needs an agreement that this client cannot ask for.
type unaskable struct {
	question confirmable
	token    string
}

func (e *unaskable) Error() string { return e.question.Error() }

func (e *unaskable) Hint() string {
	if acceptsToken(e.question) {
		return fmt.Sprintf("this client cannot ask the person: show them the call in full, and only if they agree repeat it unchanged with confirm %q (once, within %s)", e.token, minutes(tokenLife))
	}
	return "this client cannot ask a person for agreement (it lacks MCP elicitation), so the call stays unsent: use a client that can, or have the policy's confirm rule changed"
}

func acceptsToken(question error) bool {
	var accepting interface{ AcceptsToken() bool }
	return errors.As(question, &accepting) && accepting.AcceptsToken()
}

// issue makes a token: nonce, end of life, and a MAC over both, what it carries and the binding. What it carries
// follows; anybody can read it.
func (c *confirmations) issue(binding string, carried ...[sha256.Size]byte) string {
	token := make([]byte, headSize, headSize+(1+len(carried))*sha256.Size)
	rand.Read(token[:nonceSize]) // never fails (crypto/rand)
	binary.BigEndian.PutUint64(token[nonceSize:], uint64(c.now().Add(tokenLife).Unix()))
	token = append(token, c.mac(token, binding, carried)...)
	for _, digest := range carried {
		token = append(token, digest[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(token)
}

// issueFor makes a token for agreements to calls. One alone is in the binding, so that the token stays short: a
// model has to repeat it.
func (c *confirmations) issueFor(binding string, calls [][sha256.Size]byte) string {
	if len(calls) == 1 {
		return c.issue(bindingTo(binding, calls[0]))
	}
	return c.issue(binding, calls...)
}

func bindingTo(binding string, call [sha256.Size]byte) string {
	return fmt.Sprintf("%s\x00%x", binding, call)
}

func (c *confirmations) mac(head []byte, binding string, carried [][sha256.Size]byte) []byte {
	m := hmac.New(sha256.New, c.key[:])
	m.Write(head)
	m.Write([]byte{byte(len(carried))}) // so that nothing carried passes for the beginning of a binding
	for _, digest := range carried {
		m.Write(digest[:])
	}
	m.Write([]byte(binding))
	return m.Sum(nil)
}

// redeemFor accepts a token once, where call is among those that it is for. It returns them.
func (c *confirmations) redeemFor(ctx context.Context, text, binding string, call [sha256.Size]byte) ([][sha256.Size]byte, bool, error) {
	t, ok := decodeToken(text)
	if !ok {
		return nil, false, nil
	}
	if len(t.carried) == 0 {
		ok, err := c.redeem(ctx, text, bindingTo(binding, call))
		return [][sha256.Size]byte{call}, ok, err
	}
	if !slices.Contains(t.carried, call) {
		return nil, false, nil
	}
	ok, err := c.redeem(ctx, text, binding)
	return t.carried, ok, err
}

// redeem accepts a token once. The error is the store's: then it is not known whether the token still holds.
func (c *confirmations) redeem(ctx context.Context, text, binding string) (bool, error) {
	t, ok := decodeToken(text)
	if !ok {
		return false, nil
	}
	end := time.Unix(int64(binary.BigEndian.Uint64(t.head[nonceSize:])), 0)
	if !hmac.Equal(t.mac, c.mac(t.head, binding, t.carried)) || c.now().After(end) {
		return false, nil
	}
	created, err := c.shared.Create(ctx, t.usedKey(), []byte{1}, usedLife)
	if err != nil {
		return false, &unredeemed{err}
	}
	return created, nil
}

// unredeemed is an agreement of which nobody can tell at the moment whether it was used.
type unredeemed struct{ cause error }

func (e *unredeemed) Error() string {
	return "not sent: whether the agreement was used already cannot be told, because the state that this server's replicas share cannot be reached"
}

func (e *unredeemed) Unwrap() error { return e.cause }

// Hint says what to do.
func (*unredeemed) Hint() string {
	return "wait some seconds and repeat the call; if the agreement is then refused, call without it to ask anew"
}

// release takes back the redemption of a token whose call was not sent. It must be the redeemer that calls it.
func (c *confirmations) release(ctx context.Context, text string) {
	if t, ok := decodeToken(text); ok {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
		defer cancel()
		_ = c.shared.Delete(ctx, t.usedKey()) // where this fails, the person is asked once more
	}
}

// token is a token's parts, of which nothing is known yet.
type token struct {
	head, mac []byte
	carried   [][sha256.Size]byte
}

func (t token) usedKey() string { return "used/" + hex.EncodeToString(t.head[:nonceSize]) }

func decodeToken(text string) (token, bool) {
	const least = headSize + sha256.Size
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < least || len(raw) > least+maxAsked*sha256.Size || (len(raw)-least)%sha256.Size != 0 {
		return token{}, false
	}
	t := token{head: raw[:headSize], mac: raw[headSize:least]}
	for rest := raw[least:]; len(rest) > 0; rest = rest[sha256.Size:] {
		t.carried = append(t.carried, [sha256.Size]byte(rest))
	}
	return t, true
}

// canAsk tells whether the client said that it can ask its person. The library does not check, and a client
// that cannot would let the call hang. To declare elicitation and no mode means forms.
func canAsk(ctx context.Context) bool {
	modes := elicitation(ctx)
	return modes != nil && (modes.Form != nil || modes.URL == nil)
}

// canAskByURL tells whether the client said that it can have its person open a page.
func canAskByURL(ctx context.Context) bool {
	modes := elicitation(ctx)
	return modes != nil && modes.URL != nil
}

// elicitation returns in which modes the client can ask its person: a modern one says so in each request, an
// older one when it greets.
func elicitation(ctx context.Context) *mcp.ElicitationCapability {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && server.IsModernRequest(ctx) {
		if info.ClientCapabilities == nil {
			return nil
		}
		return info.ClientCapabilities.Elicitation
	}
	session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
	if !ok {
		return nil
	}
	return session.GetClientCapabilities().Elicitation
}

func confirmToken(arguments json.RawMessage) string {
	var given struct {
		Confirm string `json:"confirm"`
	}
	if json.Unmarshal(arguments, &given) != nil {
		return ""
	}
	return given.Confirm
}

// minutes writes how long something holds, for a sentence.
func minutes(d time.Duration) string { return fmt.Sprintf("%.0f minutes", d.Minutes()) }
