package entra

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// requestTimeout ends a request for a token, with the retries in it.
const requestTimeout = 30 * time.Second

// Config says who asks, and which authority. What it points to must stay usable as long as the identity is, from
// many goroutines at once.
type Config struct {
	Profile            string           // its name, for messages and hints
	Authority          string           // https origin, such as https://login.microsoftonline.com
	TenantID, ClientID string           // TenantID: a GUID or a domain; for people also common, organizations, consumers
	Scopes             []string         // of an app: its /.default scopes; of a person: the delegated permissions for Audiences[0]
	Audiences          []string         // https origins of the APIs, the main one first; no token is asked for another. Nil: any
	LoginCommand       string           // what a person types to sign in; "": microsoft-mcp-server login PROFILE
	Known              bool             // one of Microsoft's clouds: instance discovery on
	HTTP               *http.Client     // carries proxy, CA and time-outs; never nil
	Now                func() time.Time // nil: time.Now
	Log                *slog.Logger     // nil: nothing is logged
	Observer           Observer         // nil: nobody observes
	Shown              bool             // who asks shows failures to the person who runs this: the log does not repeat them

	redirect string // where the sign-in page of a web app sends people; "" for apps on people's machines
}

// client is an OAuth client: who asks, which authority, and by what means.
type client struct {
	kind   string // of identity, for the Observer
	config Config
	cloud  cloud
	http   *http.Client
	log    *slog.Logger
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	away   bool // asks at a person's own tenant, where people of any sign in

	documents *documents // nil where a client is asked rarely
}

// newClient checks c. It makes no connection. Its errors are *Error.
func newClient(c Config) (*client, error) {
	cl, err := c.check()
	if err != nil {
		return nil, err
	}
	web := *c.HTTP
	// A redirect would carry the request, and the secret in it, to another host.
	web.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	web.Jar = nil
	inner := c.client(&web)
	inner.cloud = cl
	return inner, nil
}

// client returns one that sends its requests through web, with what c leaves open filled in.
func (c Config) client(web *http.Client) *client {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &client{config: c, http: web, log: c.Log.With("profile", c.Profile), now: c.Now, sleep: sleep}
}

// sleep returns after d, or with ctx's error where ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
