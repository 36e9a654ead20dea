package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// What the callers of a load do time and again, and what each checks of it.

func graphParams(arguments map[string]any) map[string]any {
	return map[string]any{"name": "microsoft_graph", "arguments": arguments}
}

// reads reads somebody, and fails where it gets anybody else.
func reads(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	return c.reads(ctx, "/users/"+who+"?$select=userPrincipalName", who)
}

func (c *caller) reads(ctx context.Context, path, want string) (outcome, error) {
	got, came, err := c.call(ctx, graphParams(map[string]any{"path": path}), nil)
	if err == nil && came == answered && (got.IsError || !strings.Contains(got.text(), want)) {
		return came, fmt.Errorf("%s: got %s, want %s", path, got.text(), want)
	}
	return came, err
}

// inSession does something in a session of the older era, and opens one where there is none.
func inSession(errand func(ctx context.Context, l *load, c *caller) (outcome, error)) func(ctx context.Context, l *load, c *caller) (outcome, error) {
	return func(ctx context.Context, l *load, c *caller) (outcome, error) {
		if c.session == "" {
			if came, err := c.greet(ctx); came != answered || err != nil {
				return came, err
			}
		}
		came, err := errand(ctx, l, c)
		if came == gone && err == nil {
			c.session = "" // as the protocol has it: a new one is opened
		}
		return came, err
	}
}

// changeOf is a call that a person has to agree to.
func changeOf(who string) map[string]any {
	return map[string]any{"path": "/users/" + who, "method": "PATCH", "body": map[string]any{"jobTitle": "Examiner"}}
}

// agrees changes somebody once the person has agreed, whose answer goes another way than the question.
func agrees(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	got, came, err := c.call(ctx, graphParams(changeOf(who)), func(ctx context.Context, id json.RawMessage) error {
		for again := false; ctx.Err() == nil; again = true {
			switch came, err := c.agree(ctx, id); {
			case again && err != nil && strings.Contains(err.Error(), "No pending"): // it was heard the first time
				return nil
			case err != nil || came == answered:
				return err
			case came == gone:
				return errSessionGone
			}
			rest(ctx)
		}
		return nil
	})
	if err == nil && came == answered && got.IsError {
		err = fmt.Errorf("changing %s: %s", who, got.text())
	}
	if err == nil {
		l.ledger.told(who, came)
	}
	return came, err
}

// resumes is agrees in the modern era: the call comes back with the answer, and a second time in vain.
func resumes(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	params := graphParams(changeOf(who))
	asked, came, err := c.call(ctx, params, nil)
	if err != nil || came != answered {
		l.ledger.told(who, putOff) // nobody has agreed
		return came, err
	}
	if asked.ResultType != "input_required" {
		return came, fmt.Errorf("the person is not asked: %s", asked.text())
	}
	params["requestState"] = asked.RequestState
	params["inputResponses"] = map[string]any{"confirm": map[string]any{"action": "accept", "content": map[string]any{}}}
	return c.once(ctx, l, who, params)
}

// redeems is agrees for a model that asks its person by itself.
func redeems(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	arguments := changeOf(who)
	asked, came, err := c.call(ctx, graphParams(arguments), nil)
	if err != nil || came != answered {
		return came, err
	}
	_, token, ok := strings.Cut(asked.text(), `with confirm "`)
	if !ok {
		return came, fmt.Errorf("no token: %s", asked.text())
	}
	arguments["confirm"], _, _ = strings.Cut(token, `"`)
	return c.once(ctx, l, who, graphParams(arguments))
}

// once makes a call twice at the same time, and then once more. It may be done once.
func (c *caller) once(ctx context.Context, l *load, who string, params map[string]any) (outcome, error) {
	var came [3]outcome
	var errs [3]error
	attempt := func(i int) {
		var got toolReply
		got, came[i], errs[i] = c.call(ctx, params, nil)
		if errs[i] == nil && came[i] == answered && got.IsError {
			errs[i] = fmt.Errorf("changing %s: %s", who, got.text())
		}
	}
	var both sync.WaitGroup
	both.Go(func() { attempt(0) })
	both.Go(func() { attempt(1) })
	both.Wait()
	attempt(2)
	fate := fateOf(came[:])
	l.ledger.told(who, fate)
	return fate, errors.Join(errs[:]...)
}

// fateOf is what is known of something that was tried several times.
func fateOf(all []outcome) outcome {
	n := [4]int{}
	for _, came := range all {
		n[came]++
	}
	switch {
	case n[answered] > 0:
		return answered
	case n[lost] > 0:
		return lost
	case n[putOff] > 0:
		return putOff
	}
	return gone
}

// uploads asks for a link, which several use at once.
func uploads(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	link, came, err := c.uploadLink(ctx, who)
	if err != nil || came != answered {
		return came, err
	}
	all, err := race(3, func() (outcome, error) {
		res, came, err := c.put(ctx, link, "the file of "+who)
		if res != nil {
			res.Body.Close()
		}
		return came, err
	})
	fate := fateOf(all)
	l.ledger.told(who, fate)
	return fate, err
}

// link is what the tools that transfer hand out.
type link struct{ UploadURL, Method, ContentType, AuthHeader, DownloadURL string }

func (c *caller) uploadLink(ctx context.Context, name string) (link, outcome, error) {
	return c.link(ctx, "get_upload_config", map[string]any{"path": racePath(name),
		"contentType": "application/octet-stream"})
}

// racePath is where a file of the tests is.
func racePath(name string) string {
	return "/users/" + sandbox.MemberUPN + "/drive/root:/Races/" + name + ".bin:/content"
}

func (c *caller) link(ctx context.Context, tool string, arguments map[string]any) (got link, came outcome, err error) {
	r, came, err := c.call(ctx, map[string]any{"name": tool, "arguments": arguments}, nil)
	if err != nil || came != answered {
		return got, came, err
	}
	if err := json.Unmarshal([]byte(r.text()), &got); err != nil || r.IsError {
		return got, came, fmt.Errorf("no link: %s", r.text())
	}
	return got, came, nil
}

func (c *caller) put(ctx context.Context, to link, text string) (*http.Response, outcome, error) {
	request, err := http.NewRequestWithContext(ctx, to.Method, to.UploadURL, strings.NewReader(text))
	if err != nil {
		return nil, answered, err
	}
	request.Header = http.Header{"Authorization": {to.AuthHeader}, "Content-Type": {to.ContentType}}
	return c.do(request)
}

// race does something several times at once.
func race(n int, do func() (outcome, error)) ([]outcome, error) {
	all, errs := make([]outcome, n), make([]error, n)
	var racers sync.WaitGroup
	for i := range n {
		racers.Go(func() { all[i], errs[i] = do() })
	}
	racers.Wait()
	if winners := count(all, answered); winners > 1 {
		errs[0] = errors.Join(errs[0], fmt.Errorf("%d of %d have won", winners, n))
	}
	return all, errors.Join(errs...)
}

func count(all []outcome, wanted outcome) (n int) {
	for _, came := range all {
		if came == wanted {
			n++
		}
	}
	return n
}

// downloads returns an errand that has a file of its own, and gets it by links that several use at once.
func downloads(name string, content []byte) func(ctx context.Context, l *load, c *caller) (outcome, error) {
	return func(ctx context.Context, l *load, c *caller) (outcome, error) {
		link, came, err := c.link(ctx, "download_file", map[string]any{"path": racePath(name)})
		if err != nil || came != answered {
			return came, err
		}
		all, err := race(3, func() (outcome, error) { return c.get(ctx, link, content) })
		return fateOf(all), err
	}
}

func (c *caller) get(ctx context.Context, from link, want []byte) (outcome, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.DownloadURL, nil)
	if err != nil {
		return answered, err
	}
	res, came, err := c.do(request)
	if err != nil || came != answered {
		return came, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return lost, isLost(err)
	case !bytes.Equal(got, want):
		return answered, fmt.Errorf("got another file, of %d bytes", len(got))
	}
	return answered, nil
}

// isThem returns an errand that asks who the caller is.
func isThem(upn string) func(ctx context.Context, l *load, c *caller) (outcome, error) {
	return func(ctx context.Context, l *load, c *caller) (outcome, error) {
		return c.reads(ctx, "/me?$select=userPrincipalName", upn)
	}
}
