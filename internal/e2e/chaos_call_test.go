package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"regexp"
	"strings"
)

// A way is how callers reach a server: a transport and an era.
type way struct {
	s   *chaosServer
	era string
}

func (w *way) String() string {
	if w.s.stdio {
		return w.s.name
	}
	return w.s.name + " " + w.era
}

// chaosCaller is a client of a way.
type chaosCaller struct {
	c      *chaos
	w      *way
	client *http.Client

	tooEarly bool // the last call was refused since there is no token yet

	before int // requests of the errand that had come before the call

	session *caller   // over HTTP, of the run in opened
	opened  *chaosRun // where session was opened
}

// chaosAnswer is what came of a call.
type chaosAnswer struct {
	told told
	text string
}

// deserted is what a call ends with whose server was asked to end before the call had come to anything.
func deserted() chaosAnswer { return chaosAnswer{told: toldNothing} }

// call calls a tool. Where taken is closed before there is an answer, the call is taken back.
func (k *chaosCaller) call(ctx context.Context, mark, tool string, arguments map[string]any, taken <-chan struct{}) chaosAnswer {
	run, err := k.w.s.up(ctx)
	if err != nil {
		k.c.violated("%s: %v", mark, err)
		return deserted()
	}
	k.before = k.c.tenant.seen()[mark]
	ask := k.askHTTP
	if k.w.s.stdio {
		ask = k.askStdio
	}
	result, a := ask(ctx, run, mark, map[string]any{"name": tool, "arguments": arguments}, taken)
	if result == nil {
		return a
	}
	var got toolResult
	if err := json.Unmarshal(result, &got); err != nil || len(got.Content) == 0 {
		k.c.violated("%s: %s: no result of a tool: %.300s", mark, tool, result)
		return deserted()
	}
	a = chaosAnswer{text: got.text()}
	k.tooEarly = got.IsError && (strings.Contains(a.text, "not asked again yet") || strings.Contains(a.text, "even after it was renewed"))
	k.c.heard.hear(string(result))
	if got.IsError {
		a.told = toldRefused
		if doubtWords.MatchString(a.text) {
			a.told = toldDoubt
		}
		k.c.checkWords(tool, mark, a.text)
	}
	return a
}

// doubtWords are how a caller is told that nobody knows whether something was done.
var doubtWords = regexp.MustCompile(`may have been (carried out|changed)`)

// foreignWords are what no answer may hold: the words of a programmer.
var foreignWords = regexp.MustCompile(`goroutine \d|panic|runtime error|\.go:\d|%!|<nil>|0xc0|nil pointer|&\{`)

// checkWords checks the text of a refusal.
func (c *chaos) checkWords(tool, mark, text string) {
	if len(text) < 20 || foreignWords.MatchString(text) || len(text) > 20_000 {
		c.violated("%s: %s is refused with words that help nobody: %.500q", mark, tool, text)
	}
	c.say(tool, text)
}

// askStdio makes a call at the pipes of a server.
func (k *chaosCaller) askStdio(ctx context.Context, run *chaosRun, mark string, params map[string]any, taken <-chan struct{}) (json.RawMessage, chaosAnswer) {
	if k.w.era == modern {
		params["_meta"] = map[string]any{"io.modelcontextprotocol/protocolVersion": modernRevision, "io.modelcontextprotocol/clientCapabilities": map[string]any{}}
	}
	asked, err := run.link.begin("tools/call", params)
	if err != nil {
		<-run.link.over
		return nil, k.lost(run, mark, err)
	}
	select {
	case <-asked.answered:
	case <-run.link.over:
		select {
		case <-asked.answered:
		default:
			return nil, k.lost(run, mark, io.EOF)
		}
	case <-taken:
		_ = run.link.write(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d,"reason":"the user stopped it"}}`+"\n", asked.id))
		return nil, deserted()
	case <-ctx.Done():
		k.c.violated("%s %s: no answer ever came to %v", k.w, mark, params["name"])
		return nil, deserted()
	}
	return k.resultOf(mark, asked.answer)
}

// resultOf returns the result in an answer, or the refusal.
func (k *chaosCaller) resultOf(mark string, r response) (json.RawMessage, chaosAnswer) {
	if r.Error != nil {
		k.c.checkWords("JSON-RPC", mark, r.Error.Message)
		return nil, chaosAnswer{told: toldRefused, text: r.Error.Message}
	}
	return r.Result, chaosAnswer{}
}

// lost judges a call that was not answered: it may be only where its server was asked to end, and had not begun with it.
func (k *chaosCaller) lost(run *chaosRun, mark string, why error) chaosAnswer {
	if !run.ending() {
		k.c.violated("%s %s: there is no answer, though nobody asked the server to end: %v", k.w, mark, why)
	} else if run.begun(mark, k.before) {
		k.c.violated("%s %s: the server was asked to end, and a call that it was at was never answered: %v", k.w, mark, why)
	}
	return deserted()
}

// askHTTP makes a call over HTTP.
func (k *chaosCaller) askHTTP(ctx context.Context, run *chaosRun, mark string, params map[string]any, taken <-chan struct{}) (json.RawMessage, chaosAnswer) {
	if k.opened != run {
		k.session, k.opened = &caller{url: run.url, key: k.w.s.key, client: k.client}, run
		if k.w.era == legacy {
			came, err := k.session.greet(ctx)
			if err == nil && came == putOff {
				k.opened = nil
				return nil, chaosAnswer{told: toldRefused, text: "no session yet"}
			}
			if err != nil || came != answered {
				k.opened = nil
				return nil, k.lost(run, mark, fmt.Errorf("greeting: %v, %v", came, err))
			}
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	withdrawn := make(chan struct{})
	go func() {
		select {
		case <-taken:
			close(withdrawn)
			cancel()
		case <-ended:
		}
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, run.url, strings.NewReader(string(message(7, "tools/call", k.session.complete(params)))))
	if err != nil {
		k.c.violated("%s: %v", mark, err)
		return nil, deserted()
	}
	request.Header = k.session.header("tools/call", params["name"].(string))
	status, body, err := fetchAll(k.client, request)
	select {
	case <-withdrawn:
		return nil, deserted()
	default:
	}
	switch {
	case err != nil && ctx.Err() != nil:
		k.c.violated("%s %s: no answer ever came to %v: %v", k.w, mark, params["name"], err)
		return nil, deserted()
	case err != nil:
		return nil, k.lost(run, mark, err)
	case status != http.StatusOK:
		k.c.checkWords(fmt.Sprint("HTTP ", status), mark, body)
		return nil, chaosAnswer{told: toldRefused, text: body}
	}
	return k.oneOf(mark, body)
}

func fetchAll(client *http.Client, request *http.Request) (status int, body string, err error) {
	res, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	return res.StatusCode, string(text), err
}

// oneOf returns the one answer that a body holds.
func (k *chaosCaller) oneOf(mark, body string) (json.RawMessage, chaosAnswer) {
	var all []response
	for line := range strings.Lines(body) {
		text := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "data:"))
		var r response
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &r) == nil && r.Method == "" {
			all = append(all, r)
		}
	}
	if len(all) != 1 || string(all[0].ID) != "7" {
		k.c.violated("%s %s: %d answers: %.300s", k.w, mark, len(all), body)
		return nil, deserted()
	}
	return k.resultOf(mark, all[0])
}

// discarded is a log of what is the test's own doing.
func discarded() *log.Logger { return log.New(io.Discard, "", 0) }
