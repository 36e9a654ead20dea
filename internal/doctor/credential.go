package doctor

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Credential is what an app proves itself with.
type Credential struct {
	Title string // for people: what it is, and where it rests
	// Open finds out whether it can be read and used, and when it expires: zero where that is not known.
	Open func(context.Context) (expires time.Time, err error)
	// Ends asks Graph when it expires, where it does not say so itself: zero where Graph does not tell, either. Nil:
	// nobody asks.
	Ends func(context.Context) (expires time.Time, err error)
	// Rotate says what to do where it expires soon.
	Rotate string
}

// soon is how long before its end a credential should be replaced.
const soon = 30 * 24 * time.Hour

// find looks whether the credential can be used, and how long.
func (c Credential) find(ctx context.Context, now time.Time) Finding {
	expires, err := c.Open(ctx)
	switch {
	case err != nil:
		return Finding{State: Wrong, Text: err.Error(), Do: hint(err, "see where the profile takes its credential from")}
	case expires.IsZero():
		return Finding{State: OK, Text: c.Title + ", can be read"}
	}
	return until(c.Title, c.Rotate, expires, now)
}

// told looks at what Graph says of the credential's end. That it says nothing is usual.
func (c Credential) told(ctx context.Context, now time.Time) Finding {
	expires, err := c.Ends(ctx)
	if err != nil || expires.IsZero() {
		return Finding{State: Skipped, Text: "Graph does not tell when the client secret expires: the app may not look at its own registration (Application.Read.All); see Certificates & secrets in the portal"}
	}
	return until("the client secret", c.Rotate, expires, now)
}

// until says how long something is good.
func until(title, rotate string, expires, now time.Time) Finding {
	day := expires.UTC().Format("2006-01-02 15:04 MST")
	switch left := expires.Sub(now); {
	case left <= 0:
		return Finding{State: Wrong, Text: title + ", expired at " + day, Do: rotate}
	case left < soon:
		return Finding{State: Warning, Text: fmt.Sprintf("%s, expires at %s, in %d days", title, day, int(left/(24*time.Hour))), Do: rotate}
	}
	return Finding{State: OK, Text: title + ", good until " + day}
}

// machine looks whether this machine has an endpoint that gives tokens of its managed identity.
func (n *Network) machine(ctx context.Context) Finding {
	const remedy = "turn on an identity for this machine or app in the Azure portal, Identity; elsewhere than in Azure, give the profile another credential"
	for _, name := range []string{"IDENTITY_ENDPOINT", "MSI_ENDPOINT"} {
		endpoint := n.getenv(name)
		if endpoint == "" {
			continue
		}
		u, err := url.Parse(endpoint)
		if err != nil || u.Host == "" {
			return Finding{State: Wrong, Text: name + " is not a URL", Do: "leave it as the platform has set it"}
		}
		if err := n.reach(ctx, addressOf(u)); err != nil {
			return Finding{State: Wrong, Text: fmt.Sprintf("nothing answers at %s (%s)", u.Host, name), Do: remedy}
		}
		return Finding{State: OK, Text: fmt.Sprintf("the platform's endpoint at %s (%s) answers", u.Host, name)}
	}
	// https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
	if err := n.reach(ctx, "169.254.169.254:80"); err != nil {
		return Finding{State: Wrong, Text: "nothing answers at 169.254.169.254: this machine is not in Azure, or may not ask for its identity", Do: remedy}
	}
	return Finding{State: OK, Text: "the endpoint of virtual machines answers"}
}

// Token is what was got from the authority.
type Token struct {
	Who         string // the account, or the client ID; "" where nobody is one
	Tenant      string
	Permissions []string
	Expires     time.Time // zero: not known
}

// token says what came of asking for a token.
func token(t Token, err error) Finding {
	if err != nil {
		return Finding{State: Wrong, Text: err.Error(), Do: hint(err, "see what is wrong above")}
	}
	text := "got one"
	if t.Who != "" {
		text += " for " + t.Who
	}
	if t.Tenant != "" {
		text += " in tenant " + t.Tenant
	}
	if !t.Expires.IsZero() {
		text += ", good until " + t.Expires.UTC().Format("15:04 MST") + " and renewed by itself"
	}
	return Finding{State: OK, Text: strings.TrimSpace(text)}
}
