package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// An outcome is what came of an exchange with a fleet some of which may be down. Anything else is an error.
type outcome int

const (
	answered outcome = iota
	putOff           // cleanly: nothing was done, and the client is told to come again
	lost             // the replica was lost meanwhile: what became of it cannot be known
	gone             // the session, the link or the agreement is not there any more
)

// A caller is a client of the fleet that sees every byte. It may be used by several goroutines.
type caller struct {
	url, key string
	asks     bool   // it can ask its person
	session  string // of the older era; "" in the modern one
	client   *http.Client
}

func newCaller(f *fleet, key string) *caller {
	return &caller{url: f.url, key: key, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// at returns the same client at one replica.
func (c *caller) at(r *replica) *caller {
	other := *c
	other.url = r.url
	return &other
}

// reply of a tool, or a question to a person.
type toolReply struct {
	toolResult
	ResultType   string
	RequestState string
}

// call calls a tool. Where a question to the person comes in between, as in the older era, asked answers it.
func (c *caller) call(ctx context.Context, params map[string]any, asked answerer) (reply toolReply, came outcome, err error) {
	res, came, err := c.post(ctx, message(7, "tools/call", c.complete(params)), c.header("tools/call", params["name"].(string)))
	if err != nil || came != answered {
		return reply, came, err
	}
	defer res.Body.Close()
	result, came, err := read(ctx, res.Body, asked)
	if err != nil || came != answered {
		return reply, came, err
	}
	if err := json.Unmarshal(result, &reply); err != nil {
		return reply, answered, fmt.Errorf("no result of a tool: %w: %s", err, result)
	}
	if reply.IsError {
		came = outcomeOf(reply.text())
	}
	return reply, came, nil
}

// outcomeOf tells by a tool's error whether the call may be made again.
func outcomeOf(text string) outcome {
	for _, words := range []string{"wait some seconds and repeat the call", "try again", "wait and repeat"} {
		if strings.Contains(text, words) {
			return putOff
		}
	}
	for _, words := range []string{"was used, or is older than"} {
		if strings.Contains(text, words) {
			return gone
		}
	}
	return answered
}

// complete says with each call what an older client has said at its greeting.
func (c *caller) complete(params map[string]any) map[string]any {
	if c.session != "" {
		return params
	}
	all := map[string]any{"_meta": map[string]any{"io.modelcontextprotocol/protocolVersion": modernRevision,
		"io.modelcontextprotocol/clientCapabilities": c.capabilities()}}
	for name, value := range params {
		all[name] = value
	}
	return all
}

func (c *caller) capabilities() map[string]any {
	if c.asks {
		return map[string]any{"elicitation": map[string]any{"form": map[string]any{}}}
	}
	return map[string]any{}
}

func (c *caller) header(method, name string) http.Header {
	if c.session != "" {
		return withKey(c.key, "Mcp-Protocol-Version", legacyRevision, "Mcp-Session-Id", c.session)
	}
	return withKey(c.key, "Mcp-Protocol-Version", modernRevision, "Mcp-Method", method, "Mcp-Name", name)
}

// greet opens a session of the older era, and keeps it.
func (c *caller) greet(ctx context.Context) (outcome, error) {
	hello := map[string]any{"protocolVersion": legacyRevision, "capabilities": c.capabilities(), "clientInfo": map[string]any{"name": "e2e", "version": "1"}}
	res, came, err := c.post(ctx, message(1, "initialize", hello), withKey(c.key))
	if err != nil || came != answered {
		return came, err
	}
	defer res.Body.Close()
	if _, came, err = read(ctx, res.Body, nil); err != nil || came != answered {
		return came, err
	}
	if c.session = res.Header.Get("Mcp-Session-Id"); c.session == "" {
		return answered, errors.New("no session was opened")
	}
	return answered, nil
}

// agree sends what the person of a session says to a question.
func (c *caller) agree(ctx context.Context, id json.RawMessage) (outcome, error) {
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{}}}`, id)
	res, came, err := c.post(ctx, []byte(body), c.header("", ""))
	if res != nil {
		res.Body.Close()
	}
	return came, err
}

func (c *caller) post(ctx context.Context, body []byte, header http.Header) (*http.Response, outcome, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, answered, err
	}
	request.Header = header
	return c.do(request)
}

// do sends a request. Where it was not answered, there is no body left to read.
func (c *caller) do(request *http.Request) (*http.Response, outcome, error) {
	res, err := c.client.Do(request)
	if err != nil {
		return nil, lost, isLost(err)
	}
	came, err := statusOf(res)
	if came != answered || err != nil {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // for the message
		res.Body.Close()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, text)
		}
	}
	return res, came, err
}

func statusOf(res *http.Response) (outcome, error) {
	switch again := res.Header.Get("Retry-After") != ""; {
	case res.StatusCode < 300:
		return answered, nil
	case res.Header.Get(lostHeader) != "":
		return lost, nil
	case again && (res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusBadGateway):
		return putOff, nil
	case res.StatusCode == http.StatusNotFound:
		return gone, nil
	case res.StatusCode == http.StatusUnauthorized && strings.Contains(res.Request.URL.Path, "/upload"):
		return gone, nil
	}
	return answered, fmt.Errorf("%s %s: %s", res.Request.Method, res.Request.URL.Path, res.Status)
}

// isLost tells a connection that broke from one on which nothing ever comes.
func isLost(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer ever came: %w", err)
	}
	return nil
}

// An answerer answers a question to the person, until ctx ends: then the call is over.
type answerer func(ctx context.Context, id json.RawMessage) error

// errSessionGone is an answer that nobody can take any more. As the protocol has it, the client starts anew.
var errSessionGone = errors.New("the session is gone")

// read reads messages until the result. A stream that ends without one has lost its replica.
func read(ctx context.Context, body io.ReadCloser, asked answerer) (result json.RawMessage, came outcome, err error) {
	ctx, over := context.WithCancel(ctx)
	answers := make(chan error, 1)
	var answering sync.WaitGroup
	defer func() {
		over()
		answering.Wait()
		select {
		case failed := <-answers:
			if came, err = gone, errors.Join(err, failed); errors.Is(failed, errSessionGone) {
				err = nil
			}
		default:
		}
	}()
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadString('\n')
		var m response
		text := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "data:"))
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &m) == nil {
			switch {
			case m.Error != nil:
				return nil, answered, fmt.Errorf("an error of the protocol: %s", text)
			case m.Method == "elicitation/create" && asked != nil:
				answering.Go(func() {
					if err := asked(ctx, m.ID); err != nil && ctx.Err() == nil {
						answers <- err
						body.Close() // there is nothing to wait for
					}
				})
			case m.Method == "" && m.Result != nil:
				return m.Result, answered, nil
			}
		}
		if err != nil {
			return nil, lost, isLost(err)
		}
	}
}

func message(id int, method string, params map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	if err != nil {
		panic(err) // a test's own words
	}
	return body
}

// pause is how long a client waits before it comes again. Nothing depends on it but the machine's load.
const pause = 20 * time.Millisecond

// rest waits for a moment, as clients do that were refused.
func rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}
