package sandboxtest

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// Ending is how a sign-in in a browser has ended.
type Ending struct {
	URL  *url.URL   // where the browser was sent, with the parameters of a redirect; nil where it stayed on a page
	Form url.Values // the parameters that went back to the app, be it by a redirect or by a form
	Post bool       // it was a form
	Page string     // the text of the last page of Entra's
}

// Deliver brings an ending to the app that listens at the redirect URI, as a browser would, and returns what the app
// shows for it.
func (e Ending) Deliver(ctx context.Context) (string, error) {
	if e.URL == nil {
		return "", errors.New("the sign-in ended on a page: " + e.Page)
	}
	method, body := http.MethodGet, ""
	if e.Post {
		method, body = http.MethodPost, e.Form.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, e.URL.String(), strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if e.Post {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	shown, err := io.ReadAll(res.Body)
	return string(shown), err
}

// Refuse is what to do in place of choosing an account or consenting.
type Refuse string

// The refusals. They are the ids of what the person clicks.
const (
	Cancel  Refuse = "cancel"  // where the account is chosen
	Decline Refuse = "decline" // where the permissions are listed
)

// SignIn plays the person without a browser: at an authorization URL it chooses the account, consents where it is
// asked to, and returns how that ended. A refusal is clicked where the page has it. It follows no redirect away from
// the tenant; [Ending.Deliver] does.
func SignIn(tb testing.TB, t *sandbox.Tenant, authorizeURL, upn string, refuse ...Refuse) Ending {
	tb.Helper()
	e, err := NewPerson(Client(tb, t).Transport).SignIn(tb.Context(), authorizeURL, upn, refuse...)
	if err != nil {
		tb.Fatalf("signing in: %v", err)
	}
	return e
}

// EnterCode plays the person who has been given a device's code and the page where to type it, and returns how that
// ended.
func EnterCode(tb testing.TB, t *sandbox.Tenant, pageURL, code, upn string, refuse ...Refuse) Ending {
	tb.Helper()
	e, err := NewPerson(Client(tb, t).Transport).EnterCode(tb.Context(), pageURL, code, upn, refuse...)
	if err != nil {
		tb.Fatalf("entering the code: %v", err)
	}
	return e
}

// Person clicks through Entra's pages, with the cookies of one browser.
type Person struct{ client *http.Client }

// NewPerson returns somebody who reaches the tenant through a transport, such as that of [Client].
func NewPerson(transport http.RoundTripper) *Person {
	jar, _ := cookiejar.New(nil) // it has no error without options
	return &Person{&http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SignIn is like the function [SignIn].
func (p *Person) SignIn(ctx context.Context, authorizeURL, upn string, refuse ...Refuse) (Ending, error) {
	page, err := p.open(ctx, authorizeURL, nil)
	if err != nil {
		return Ending{}, err
	}
	return p.clickThrough(ctx, page, upn, refuse)
}

// EnterCode is like the function [EnterCode].
func (p *Person) EnterCode(ctx context.Context, pageURL, code, upn string, refuse ...Refuse) (Ending, error) {
	page, err := p.open(ctx, pageURL, nil)
	if err != nil {
		return Ending{}, err
	}
	if page, err = p.open(ctx, page.action(), url.Values{"code": {code}}); err != nil {
		return Ending{}, err
	}
	return p.clickThrough(ctx, page, upn, refuse)
}

// maxPages is more than any sign-in shows.
const maxPages = 6

func (p *Person) clickThrough(ctx context.Context, at *page, upn string, refuse []Refuse) (Ending, error) {
	for range maxPages {
		if at.ending != nil {
			return *at.ending, nil
		}
		form := at.choice(upn, refuse)
		if form == nil {
			return Ending{Page: at.visible()}, nil
		}
		next, err := p.open(ctx, at.action(), form)
		if err != nil {
			return Ending{}, err
		}
		at = next
	}
	return Ending{}, fmt.Errorf("the sign-in has no end; its last page: %s", at.visible())
}

// open gets a page, or posts a form to it.
func (p *Person) open(ctx context.Context, address string, form url.Values) (*page, error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	at := &page{at: req.URL, body: string(body)}
	if to := res.Header.Get("Location"); to != "" {
		u, err := req.URL.Parse(to)
		if err != nil {
			return nil, fmt.Errorf("reading the redirect: %w", err)
		}
		at.ending = &Ending{URL: u, Form: u.Query()}
	} else if fields := at.hiddenForm(); fields != nil {
		u, err := url.Parse(at.action())
		if err != nil {
			return nil, fmt.Errorf("reading the form: %w", err)
		}
		at.ending = &Ending{URL: u, Form: fields, Post: true}
	}
	return at, nil
}

// page is one of Entra's.
type page struct {
	at     *url.URL
	body   string
	ending *Ending // where it sends the browser away
}

func (p *page) find(pattern string) string {
	if found := regexp.MustCompile(pattern).FindStringSubmatch(p.body); found != nil {
		return html.UnescapeString(found[1])
	}
	return ""
}

func (p *page) has(id string) bool {
	return strings.Contains(p.body, `id="`+html.EscapeString(id)+`"`)
}

// action is where the page's form goes.
func (p *page) action() string {
	u, err := p.at.Parse(p.find(`<form method="post"[^>]* action="([^"]*)"`))
	if err != nil {
		return ""
	}
	return u.String()
}

// choice is what the person clicks on, nil where there is nothing.
func (p *page) choice(upn string, refuse []Refuse) url.Values {
	form := url.Values{"flow": {p.find(`name="flow" value="([^"]*)"`)}}
	for _, id := range refuse {
		if p.has(string(id)) {
			form.Set(string(id), "1")
			return form
		}
	}
	switch {
	case p.has("accept"):
		form.Set("accept", "1")
	case p.has("return"):
		form.Set("return", "1")
	case p.has("username") && !p.has("problem"):
		form.Set("account", upn)
	default:
		return nil
	}
	return form
}

// hiddenForm returns the fields of a page that sends itself, nil of any other.
func (p *page) hiddenForm() url.Values {
	if !strings.Contains(p.body, `name="hiddenform"`) {
		return nil
	}
	fields := url.Values{}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(p.body, -1) {
		fields.Add(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	return fields
}

// visible is the page's text without its tags.
func (p *page) visible() string {
	_, body, _ := strings.Cut(p.body, "<body>")
	return strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " "))), " ")
}
