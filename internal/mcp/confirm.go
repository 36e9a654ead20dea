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
}

// settle decides whether the call may go on. Where it may not, reply is what the client gets: the question for
// its person, or the reason.
func (c *confirmations) settle(ctx context.Context, a asked) (agreed bool, reply *mcp.CallToolResult) {
	call := fmt.Sprintf("%s\x00%s\x00%x", principalFrom(ctx).name, a.profile, a.question.CallDigest())
	// What a client sends back with its person's answer must not do as what a model may send back by itself.
	asState, asToken := "state\x00"+call, "token\x00"+call
	if answer := server.ElicitationResponse(a.request.Params.InputResponses, questionKey); answer != nil {
		if !c.redeem(a.request.Params.RequestState, asState) {
			return false, failure(fmt.Errorf("the agreement does not belong to this call, was used, or is older than %s: call again to ask once more", tokenLife))
		}
		if answer.Action != mcp.ElicitationResponseActionAccept {
			return false, failure(fmt.Errorf("not sent: the person did not agree to %s", a.question.Error()))
		}
		return true, nil
	}
	if a.token != "" && acceptsToken(a.question) {
		if !c.redeem(a.token, asToken) {
			return false, failure(fmt.Errorf("the confirm token does not belong to this exact call, was used, or is older than %s", tokenLife))
		}
		return true, nil
	}
	if canAsk(ctx) {
		return false, server.NewInputRequestBuilder(c.issue(asState)).Elicit(questionKey, mcp.ElicitationParams{
			Mode: mcp.ElicitationModeForm, Message: a.question.Question(),
			RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
		}).ToolResult()
	}
	return false, failure(&unaskable{question: a.question, token: c.issue(asToken)})
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
	token, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(token) != nonceSize+8+sha256.Size {
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

// canAsk tells whether the client said that it can ask its person. The library does not check, and a client
// that cannot would let the call hang.
func canAsk(ctx context.Context) bool {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && server.IsModernRequest(ctx) {
		return info.ClientCapabilities != nil && info.ClientCapabilities.Elicitation != nil
	}
	session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
	return ok && session.GetClientCapabilities().Elicitation != nil
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
