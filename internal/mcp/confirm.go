package mcp

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// confirmable is an error of a call that a person has to agree to. The policy's errors are of this kind.
type confirmable interface {
	error
	Question() string
	CallDigest() [sha256.Size]byte
}

// confirmations lets people agree to single calls. An agreement is a token that is bound to the caller, the
// profile and the exact call, holds for some minutes, and can be used once.
type confirmations struct {
	key []byte
	now func() time.Time

	mu   sync.Mutex
	used map[[nonceSize]byte]time.Time // guarded by mu; nonce → end of its token's life
}

const (
	nonceSize   = 16
	tokenLife   = 10 * time.Minute
	questionKey = "confirm" // names the one input request of a call
)

func newConfirmations() *confirmations {
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails (crypto/rand)
	return &confirmations{key: key, now: time.Now, used: map[[nonceSize]byte]time.Time{}}
}

// asked is one question to a person.
type asked struct {
	profile  string
	question confirmable
	request  mcp.CallToolRequest
	token    string // the confirm argument
	earlier  string // an agreement that an earlier round of this call came to
	declined func() // is called where the person says no
}

// agreement is a person's to one call; the zero value is none.
type agreement struct {
	question confirmable
	spent    string // the confirm token that was redeemed for it; "" where the client asked
}

// binding names a call: who makes it, as whom, and which it is.
func binding(ctx context.Context, profile string, question confirmable) string {
	return fmt.Sprintf("%s\x00%s\x00%x", principalFrom(ctx).name, profile, question.CallDigest())
}

// agreedEarlier binds an agreement that goes through the client while its person signs in.
func agreedEarlier(ctx context.Context, profile string, question confirmable) string {
	return "agreed\x00" + binding(ctx, profile, question)
}

// settle decides whether the call may go on. Where it may not, reply is what the client gets: the question for
// its person, or the reason.
func (c *confirmations) settle(ctx context.Context, a asked) (agreed agreement, reply *mcp.CallToolResult) {
	call := binding(ctx, a.profile, a.question)
	// What a client sends back with its person's answer must not do as what a model may send back by itself.
	asState, asToken := "state\x00"+call, "token\x00"+call
	if answer := server.ElicitationResponse(a.request.Params.InputResponses, questionKey); answer != nil {
		if !c.redeem(a.request.Params.RequestState, asState) {
			return agreement{}, failure(fmt.Errorf("the agreement does not belong to this call, was used, or is older than %s: call again to ask once more", tokenLife))
		}
		if answer.Action != mcp.ElicitationResponseActionAccept {
			a.declined()
			return agreement{}, failure(fmt.Errorf("not sent: the person did not agree to %s", a.question.Error()))
		}
		return agreement{question: a.question}, nil
	}
	if a.earlier != "" && c.redeem(a.earlier, agreedEarlier(ctx, a.profile, a.question)) {
		return agreement{question: a.question}, nil
	}
	if a.token != "" && acceptsToken(a.question) {
		if !c.redeem(a.token, asToken) {
			return agreement{}, failure(fmt.Errorf("the confirm token does not belong to this exact call, was used, or is older than %s", tokenLife))
		}
		return agreement{question: a.question, spent: a.token}, nil
	}
	if canAsk(ctx) {
		return agreement{}, server.NewInputRequestBuilder(c.issue(asState)).Elicit(questionKey, mcp.ElicitationParams{
			Mode: mcp.ElicitationModeForm, Message: a.question.Question(),
			RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
		}).ToolResult()
	}
	return agreement{}, failure(&unaskable{question: a.question, token: c.issue(asToken)})
}

// unaskable is a call that needs an agreement that this client cannot ask for.
type unaskable struct {
	question confirmable
	token    string
}

func (e *unaskable) Error() string { return e.question.Error() }

func (e *unaskable) Hint() string {
	if acceptsToken(e.question) {
		return fmt.Sprintf("this client cannot ask the person: show them the call in full, and only if they agree repeat it unchanged with confirm %q (once, within %s)", e.token, tokenLife)
	}
	return "this client cannot ask a person for agreement (it lacks MCP elicitation), so the call stays unsent: use a client that can, or have the policy's confirm rule changed"
}

func acceptsToken(question error) bool {
	var accepting interface{ AcceptsToken() bool }
	return errors.As(question, &accepting) && accepting.AcceptsToken()
}

// issue makes a token: nonce, end of life, and a MAC over both and the binding.
func (c *confirmations) issue(binding string) string {
	token := make([]byte, nonceSize+8, nonceSize+8+sha256.Size)
	rand.Read(token[:nonceSize]) // never fails (crypto/rand)
	binary.BigEndian.PutUint64(token[nonceSize:], uint64(c.now().Add(tokenLife).Unix()))
	return base64.RawURLEncoding.EncodeToString(append(token, c.mac(token, binding)...))
}

func (c *confirmations) mac(head []byte, binding string) []byte {
	m := hmac.New(sha256.New, c.key)
	m.Write(head)
	m.Write([]byte(binding))
	return m.Sum(nil)
}

// redeem accepts a token once.
func (c *confirmations) redeem(text, binding string) bool {
	token, ok := decodeToken(text)
	if !ok {
		return false
	}
	head, mac := token[:nonceSize+8], token[nonceSize+8:]
	end := time.Unix(int64(binary.BigEndian.Uint64(head[nonceSize:])), 0)
	if !hmac.Equal(mac, c.mac(head, binding)) || c.now().After(end) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for nonce, over := range c.used {
		if c.now().After(over) {
			delete(c.used, nonce)
		}
	}
	nonce := [nonceSize]byte(head[:nonceSize])
	if _, used := c.used[nonce]; used {
		return false
	}
	c.used[nonce] = end
	return true
}

// release takes back the redemption of a token whose call was not sent. It must be the redeemer that calls it.
func (c *confirmations) release(text string) {
	if token, ok := decodeToken(text); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.used, [nonceSize]byte(token[:nonceSize]))
	}
}

func decodeToken(text string) ([]byte, bool) {
	token, err := base64.RawURLEncoding.DecodeString(text)
	return token, err == nil && len(token) == nonceSize+8+sha256.Size
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
