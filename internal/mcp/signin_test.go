package mcp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

const (
	accept  = protocol.ElicitationResponseActionAccept
	decline = protocol.ElicitationResponseActionDecline
	dismiss = protocol.ElicitationResponseActionCancel
)

// inBothEras runs a test with a clock of its own for a client of each era.
func inBothEras(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	t.Parallel()
	for name, version := range eras {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, version) })
		})
	}
}

// wantText checks a reply's words.
func wantText(t *testing.T, r reply, isError bool, want ...string) {
	t.Helper()
	for _, w := range want {
		if r.isError != isError || !strings.Contains(r.text, w) {
			t.Errorf("got %q (error: %t), want it to contain %q (error: %t)", r.text, r.isError, w, isError)
		}
	}
}

func wantCounts(t *testing.T, a *account, want counts) {
	t.Helper()
	if diff := cmp.Diff(want, a.counts()); diff != "" {
		t.Errorf("sign-ins, browsers, attempts and calls (-want +got):\n%s", diff)
	}
}

// The person agrees and needs a while in the browser; the call goes on by itself.
func TestSignInByURL(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{code: "ABC-123"}
		p := &person{modes: byURL()}
		p.answer = func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
			time.AfterFunc(12*time.Second, func() { a.end(nil) })
			return accept, nil
		}
		r := p.inProcess(t, version, a.profile(t)).me()
		wantText(t, r, false, "Ada")
		wantCounts(t, a, counts{Starts: 1, Attempts: 2, Sent: 1})
		questions := p.questions()
		if len(questions) != 1 {
			t.Fatalf("%d questions, want one", len(questions))
		}
		q := questions[0]
		if q.Mode != "url" || q.URL != signInURL || q.RequestedSchema != nil || (q.ElicitationID != "") != (version == eras["legacy"]) {
			t.Errorf("got %+v", q)
		}
		for _, want := range []string{"microsoft-mcp-server", `"contoso"`, "tenant contoso.onmicrosoft.com", "microsoft_graph", "ABC-123"} {
			if !strings.Contains(q.Message, want) {
				t.Errorf("the question lacks %q: %s", want, q.Message)
			}
		}
		synctest.Wait()
		wantProgress(t, p, 3) // at once, after 5 and after 10 seconds
	})
}

// wantProgress checks how often progress was told of, that it grew, and that it says what to do.
func wantProgress(t *testing.T, p *person, times ...int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	last := 0.0
	for _, note := range p.progress {
		var now float64
		switch v := note.Params.AdditionalFields["progress"].(type) {
		case int:
			now = float64(v)
		case float64:
			now = v
		}
		if message, _ := note.Params.AdditionalFields["message"].(string); now <= last || !strings.Contains(message, signInURL) {
			t.Errorf("after %v: %+v", last, note)
		}
		last = now
	}
	if !slices.Contains(times, len(p.progress)) {
		t.Errorf("%d progress notifications, want %v", len(p.progress), times)
	}
}

func TestSignInDeclined(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for _, action := range []protocol.ElicitationResponseAction{decline, dismiss, "else"} {
			a := &account{}
			p := &person{modes: byURL(), answer: always(action)}
			c := p.inProcess(t, version, a.profile(t))
			r := c.me()
			wantText(t, r, true, "declined to sign in to profile contoso", command)
			if r.took != 0 {
				t.Errorf("%s: the answer took %s", action, r.took)
			}
			wantCounts(t, a, counts{Starts: 1, Attempts: 1})
			c.me() // asks anew
			if n := len(p.questions()); n != 2 {
				t.Errorf("%s: %d questions for two calls", action, n)
			}
		}
	})
}

func TestSignInFails(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for _, tt := range []struct {
			err  error
			want []string
		}{
			{hinted{"wrong account: eve@contoso.com", "sign in as ada@contoso.com"}, []string{"wrong account: eve@contoso.com", "What to do: sign in as ada@contoso.com"}},
			{errors.New("denied"), []string{"denied", "repeat the call to try again", command}},
			{context.DeadlineExceeded, []string{"failed: context deadline exceeded"}},
		} {
			for _, modes := range []*protocol.ElicitationCapability{byURL(), nil} {
				a := &account{}
				p := &person{modes: modes, answer: always(accept)}
				c := p.inProcess(t, version, a.profile(t))
				time.AfterFunc(7*time.Second, func() { a.end(tt.err) })
				wantText(t, c.me(), true, tt.want...)
				if got := a.counts(); got.Attempts != 1 || got.Starts != 1 {
					t.Errorf("got %+v", got)
				}
			}
		}
	})
}

// The call ends after a bounded time; the sign-in goes on, and the repeated call finds it.
func TestSignInTakesTooLong(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for _, modes := range []*protocol.ElicitationCapability{byURL(), nil} {
			a := &account{}
			p := &person{modes: modes, answer: always(accept)}
			c := p.inProcess(t, version, a.profile(t))
			r := c.me()
			wantText(t, r, true, "not finished", signInURL, command, "repeat the call")
			if r.took != 45*time.Second {
				t.Errorf("the call took %s", r.took)
			}
			synctest.Wait()
			wantProgress(t, p, 9, 10) // the last may come with the end
			time.AfterFunc(10*time.Second, func() { a.end(nil) })
			r = c.me() // waits for the same sign-in, and nobody is asked twice
			wantText(t, r, false, "Ada")
			if len(p.questions()) > 1 || r.took != 10*time.Second || a.counts().Starts != 1 {
				t.Errorf("%d questions, %+v, %s", len(p.questions()), a.counts(), r.took)
			}
			wantText(t, c.me(), false, "Ada")
		}
	})
}

// A server whose calls end earlier still says what the person can do.
func TestSignInTakesLongerThanTheCallMay(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		r := (&person{limit: 20 * time.Second}).inProcess(t, version, (&account{}).profile(t)).me()
		wantText(t, r, true, "not finished", signInURL)
		if r.took != 20*time.Second {
			t.Errorf("the call took %s", r.took)
		}
	})
}

// Only a client that says so is asked by URL: forms, or no mode at all, mean forms alone.
func TestSignInOpensTheBrowser(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for _, modes := range []*protocol.ElicitationCapability{nil, {}, {Form: &struct{}{}}} {
			a := &account{}
			p := &person{modes: modes}
			if modes != nil {
				p.answer = always(accept)
			}
			c := p.inProcess(t, version, a.profile(t))
			time.AfterFunc(12*time.Second, func() { a.end(nil) })
			wantText(t, c.me(), false, "Ada")
			wantCounts(t, a, counts{Starts: 1, Opens: 1, Attempts: 2, Sent: 1})
			if len(p.questions()) > 0 {
				t.Errorf("%+v: asked %+v", modes, p.questions())
			}
			synctest.Wait()
			wantProgress(t, p, 3)
		}
	})
}

// Where the person has to type a code, or nothing opens the page, only the answer can show it.
func TestSignInThatThePersonMustSee(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for name, a := range map[string]*account{
			"code":       {code: "ABC-123", noBrowser: true},
			"code alone": {code: "ABC-123"},
			"no browser": {noBrowser: true},
			"broken":     {openErr: hinted{"xdg-open is missing", "install it"}},
		} {
			r := (&person{}).inProcess(t, version, a.profile(t)).me()
			wantText(t, r, true, signInURL, a.code, command)
			if r.took != 0 || a.counts().Attempts != 1 {
				t.Errorf("%s: took %s, %+v", name, r.took, a.counts())
			}
		}
	})
}

func TestSignInIsSharedByCalls(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for name, modes := range map[string]*protocol.ElicitationCapability{"by URL": byURL(), "by browser": nil} {
			a := &account{}
			p := &person{modes: modes}
			p.answer = func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
				time.Sleep(3 * time.Second)
				return accept, nil
			}
			c := p.inProcess(t, version, a.profile(t))
			time.AfterFunc(20*time.Second, func() { a.end(nil) })
			var calls sync.WaitGroup
			for range 20 {
				calls.Go(func() { wantText(t, c.me(), false, "Ada") })
			}
			calls.Wait()
			want := counts{Starts: 1, Attempts: 40, Sent: 20}
			if modes == nil {
				want.Opens = 1
			}
			wantCounts(t, a, want)
			if n := len(p.questions()); (n == 1) != (modes != nil) {
				t.Errorf("%s: %d questions", name, n)
			}
		}
	})
}

// A no to the one question is a no to all calls that wait for it.
func TestSignInDeclinedForAll(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{}
		p := &person{modes: byURL()}
		p.answer = func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
			time.Sleep(3 * time.Second)
			return decline, nil
		}
		c := p.inProcess(t, version, a.profile(t))
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() {
				r := c.me()
				wantText(t, r, true, "declined")
				if r.took != 3*time.Second {
					t.Errorf("a call took %s", r.took)
				}
			})
		}
		calls.Wait()
		if n := len(p.questions()); n != 1 {
			t.Errorf("%d questions, want one", n)
		}
	})
}

// A client that took the question and was never heard of again does not keep others from being asked for ever.
func TestSignInQuestionGetsLost(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{}
		p := &person{modes: byURL()}
		p.answer = func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
			return "", errors.New("the window was closed")
		}
		c := p.inProcess(t, version, a.profile(t))
		wantText(t, c.me(), true, "the window was closed")
		wantText(t, c.me(), true, "not finished", signInURL)
		if n := len(p.questions()); n != 1 {
			t.Errorf("%d questions, want one", n)
		}
		time.Sleep(2 * time.Minute)
		wantText(t, c.me(), true, "the window was closed")
	})
}

// There is one second attempt, whatever it says.
func TestSignInThatDoesNotHelp(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for _, modes := range []*protocol.ElicitationCapability{byURL(), nil} {
			a := &account{useless: true}
			c := (&person{modes: modes, answer: always(accept)}).inProcess(t, version, a.profile(t))
			time.AfterFunc(time.Second, func() { a.end(nil) })
			wantText(t, c.me(), true, "nobody is signed in", "run the login command")
			if got := a.counts(); got.Attempts != 2 || got.Starts != 1 {
				t.Errorf("got %+v", got)
			}
		}
	})
}

// Taking a call back ends its wait, not the sign-in.
func TestSignInOutlivesItsCall(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{}
		c := (&person{}).inProcess(t, version, a.profile(t))
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		stopped := make(chan reply, 1)
		begin := time.Now()
		go func() { stopped <- c.call(ctx, "microsoft_graph", map[string]any{"path": "/me"}) }()
		<-stopped
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("the wait went on for %s", took)
		}
		a.end(nil)
		wantText(t, c.me(), false, "Ada")
		wantCounts(t, a, counts{Starts: 1, Opens: 1, Attempts: 2, Sent: 1})
	})
}

// An address that is not the authority's page is neither asked for nor opened.
func TestSignInAtAnAddressThatIsNone(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for _, address := range []string{"http://login.example.com/", "file:///etc/passwd", "javascript:alert(1)", "https://user:password@login.example.com/", "https:///x", "://"} {
			for _, modes := range []*protocol.ElicitationCapability{byURL(), nil} {
				a := &account{url: address}
				p := &person{modes: modes, answer: always(accept)}
				r := p.inProcess(t, version, a.profile(t)).me()
				wantText(t, r, true, "no address that a person should open")
				if strings.Contains(r.text, address) || len(p.questions()) > 0 || a.counts().Opens > 0 {
					t.Errorf("%s: %q, %+v", address, r.text, a.counts())
				}
			}
		}
	})
}

// An app, and a server over HTTP, can start no sign-in.
func TestSignInCannotStart(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{}
		profile := a.profile(t)
		profile.SignIn = nil
		wantText(t, (&person{modes: byURL(), answer: always(accept)}).inProcess(t, version, profile).me(), true, "nobody is signed in", "What to do: run the login command")
	})
}

// Somebody signs in as another while a call is on its way: its result is still that of the account it was made for.
func TestResultsNameWhoAsked(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	who := "ada@contoso.com"
	p := testProfile(t, "contoso", func(context.Context, *graph.Request) (*graph.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		who = "grace@contoso.com"
		return answerJSON(`{"displayName":"Ada"}`)
	})
	p.Mode, p.TenantID, p.Account = "interactive", "contoso.onmicrosoft.com", ""
	p.Who = func() tools.Identity {
		mu.Lock()
		defer mu.Unlock()
		return tools.Identity{Account: who}
	}
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		mu.Lock()
		who = "ada@contoso.com"
		mu.Unlock()
		c := (&person{}).inProcess(t, version, p)
		if got := c.me(); got.meta["account"] != "ada@contoso.com" {
			t.Errorf("%s: got %v", version, got.meta)
		}
		if got := c.me(); got.meta["account"] != "grace@contoso.com" {
			t.Errorf("%s, the next call: got %v", version, got.meta)
		}
	}
}
