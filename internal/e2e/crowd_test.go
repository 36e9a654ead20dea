package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A crowd is people who all use one server at once, each as themselves.
const (
	crowdSize     = 100
	callsOfOne    = 20
	callsOfAToken = 5 // before the client renews it
)

// crewUPN is one of the employees that a tenant has on request.
func crewUPN(tenant *sandbox.Tenant, i int) string {
	return fmt.Sprintf("crew.%05d@%s", i+1, tenant.Domain())
}

// crowdWeb is how the members of a crowd reach the server: each keeps a connection, as a program of its own would.
func crowdWeb(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 2 * crowdSize}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// member is a person of a crowd, by an MCP client of their own.
type member struct {
	upn  string
	mcp  *caller
	news func(context.Context) (token string, err error) // brings a new token
}

var errSignInAgain = errors.New("the person has to sign in again")

// greet makes the client one of an era.
func (m *member) greet(ctx context.Context, era string) error {
	m.mcp.session = ""
	if era == modern {
		return nil
	}
	came, err := m.mcp.greet(ctx)
	if err == nil && came != answered {
		err = fmt.Errorf("%s is not greeted (%d)", m.upn, came)
	}
	return err
}

// renew goes on with a new token.
func (m *member) renew(ctx context.Context) (err error) {
	m.mcp.key, err = m.news(ctx)
	return err
}

var crewPattern = regexp.MustCompile(`crew\.\d+@[a-z.]+`)

// me fails unless the server takes the member for who they are, and nobody else's name is to be seen.
func (m *member) me(ctx context.Context) error {
	reply, came, err := m.mcp.call(ctx, whoAmI(), nil)
	if err == nil && came != answered {
		err = fmt.Errorf("not served (%d)", came)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", m.upn, err)
	}
	if reply.IsError {
		if strings.Contains(reply.text(), "sign in again") {
			return errSignInAgain
		}
		return fmt.Errorf("%s: %s", m.upn, reply.text())
	}
	var who struct{ UserPrincipalName string }
	if err := json.Unmarshal([]byte(reply.text()), &who); err != nil || who.UserPrincipalName != m.upn || reply.Meta["account"] != m.upn {
		return fmt.Errorf("%s is taken for %q: %v %s", m.upn, who.UserPrincipalName, reply.Meta, reply.text())
	}
	all, err := json.Marshal(reply)
	for _, name := range crewPattern.FindAllString(string(all), -1) {
		if name != m.upn {
			err = fmt.Errorf("%s sees %s", m.upn, name)
		}
	}
	return err
}

// half makes half of a member's calls, with a new token now and then.
func (m *member) half(ctx context.Context) error {
	for i := range callsOfOne / 2 {
		if err := m.me(ctx); err != nil {
			return err
		}
		if i%callsOfAToken == callsOfAToken-1 {
			if err := m.renew(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// atOnce does something for all members at once.
func atOnce(t *testing.T, members []*member, do func(ctx context.Context, i int, m *member) error) {
	t.Helper()
	ctx := within(t)
	var all sync.WaitGroup
	for i, m := range members {
		all.Go(func() {
			if err := do(ctx, i, m); err != nil {
				t.Errorf("member %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// eraOf has one half of a crowd in each.
func eraOf(i int) string {
	if i%2 == 0 {
		return legacy
	}
	return modern
}

// A hundred people whose clients bring Entra's tokens.
func TestCrowdWithTokensOfEntra(t *testing.T) {
	t.Parallel()
	tenant, address := sandboxtest.Start(t, sandbox.Options{Users: crowdSize}), freeAddress(t)
	base := "http://" + address
	tenant.RegisterAPI(sandbox.API{URIs: []string{base + "/mcp"}})
	tenant.Consent(sandbox.APIClientID, "User.Read", "Mail.Read")
	url, secrets := serveCallers(t, tenant, address, sandboxtest.EntraTables(t, tenant, base, "e2e"))
	web := crowdWeb(t)
	var members []*member
	for i := range crowdSize {
		m := &member{upn: crewUPN(tenant, i), mcp: &caller{url: url, client: web}}
		tokens := []string{sandboxtest.APIToken(t, tenant, m.upn), sandboxtest.APIToken(t, tenant, m.upn)}
		secrets.add(tokens...)
		m.news = func(context.Context) (string, error) {
			tokens[0], tokens[1] = tokens[1], tokens[0]
			return tokens[0], nil
		}
		members = append(members, m)
	}
	atOnce(t, members, func(ctx context.Context, i int, m *member) error {
		return errors.Join(m.renew(ctx), m.greet(ctx, eraOf(i)), m.half(ctx))
	})
	// Graph takes none of the tokens any more that there are so far: each is had anew, for who it was for.
	tenant.ChallengeTokens()
	atOnce(t, members, func(ctx context.Context, _ int, m *member) error { return m.half(ctx) })
}

// signedInCrowd are people who have signed in through us, all at once, from one address: an office whose day begins.
func signedInCrowd(t *testing.T, tenant *sandbox.Tenant, origin string, secrets *whispers) []*member {
	t.Helper()
	web, entra := crowdWeb(t), sandboxtest.Client(t, tenant).Transport
	var members []*member
	for i := range crowdSize {
		v := newVisitor(origin, crewUPN(tenant, i), entra, secrets)
		v.program.Transport, v.browser.Transport = web.Transport, web.Transport
		members = append(members, v.member(web))
	}
	atOnce(t, members, func(ctx context.Context, i int, m *member) error {
		return errors.Join(m.renew(ctx), m.greet(ctx, eraOf(i)))
	})
	return members
}

// member is the person of a visitor: the first token is had by signing in, and the others by renewal.
func (v *visitor) member(web *http.Client) *member {
	return &member{upn: v.upn, mcp: &caller{url: v.endpoint, client: web}, news: func(ctx context.Context) (string, error) {
		if v.refresh == "" {
			err := v.signIn(ctx)
			return v.access, err
		}
		err := v.redeem(ctx, v.renewal())
		if err != nil {
			v.refresh = "" // the next one by signing in
		}
		return v.access, err
	}}
}

func TestCrowdSignsInThroughUs(t *testing.T) {
	t.Parallel()
	tenant, address := sandboxtest.Start(t, sandbox.Options{Users: crowdSize}), freeAddress(t)
	tenant.RegisterAPI(sandbox.API{Redirects: []string{"http://" + address + "/oauth/callback"}})
	_, secrets := serveCallers(t, tenant, address, oauthTables(address, ""))
	members := signedInCrowd(t, tenant, "http://"+address, secrets)
	atOnce(t, members, func(ctx context.Context, _ int, m *member) error { return m.half(ctx) })

	// Somebody's sign-ins are ended by an administrator, and everybody's token is asked for anew.
	const ousted = 7
	before := tenant.Count(sandbox.Login, "/token")
	tenant.RevokeSessions(members[ousted].upn)
	tenant.ChallengeTokens()
	atOnce(t, members, func(ctx context.Context, i int, m *member) error {
		if i == ousted {
			return m.ousted(ctx, eraOf(i))
		}
		return m.half(ctx)
	})
	if n := tenant.Count(sandbox.Login, "/token") - before; n < crowdSize {
		t.Errorf("%d tokens were asked for anew", n)
	}
}

// ousted fails unless somebody whose sign-ins were ended is told so, is let in no more, and is let in again when they
// have signed in again.
func (m *member) ousted(ctx context.Context, era string) error {
	if err := m.me(ctx); !errors.Is(err, errSignInAgain) {
		return fmt.Errorf("the call of somebody whose sign-ins were ended: %w", err)
	}
	if err := m.me(ctx); err == nil || !strings.Contains(err.Error(), "401") {
		return fmt.Errorf("their client is not told to have them sign in: %w", err)
	}
	if err := m.renew(ctx); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		return fmt.Errorf("their client's token is renewed: %w", err)
	}
	return errors.Join(m.renew(ctx), m.greet(ctx, era), m.half(ctx))
}

// One person with two programs, and two people with one program (which is known by one ID on every machine): what one of
// them ends, the others keep.
func TestPeopleAndTheirClients(t *testing.T) {
	t.Parallel()
	tenant, address := sandboxtest.Start(t, sandbox.Options{Users: 2}), freeAddress(t)
	tenant.RegisterAPI(sandbox.API{Redirects: []string{"http://" + address + "/oauth/callback"}})
	_, secrets := serveCallers(t, tenant, address, oauthTables(address, ""))
	ctx, web, entra := within(t), crowdWeb(t), sandboxtest.Client(t, tenant).Transport
	visit := func(i int, clientID string) *visitor {
		v := newVisitor("http://"+address, crewUPN(tenant, i), entra, secrets)
		v.clientID = clientID
		if err := v.signIn(ctx); err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := visit(0, "")
	second, other := visit(0, ""), visit(1, first.clientID)
	if first.clientID == second.clientID {
		t.Error("two registrations have one ID")
	}
	var members []*member
	for i, v := range []*visitor{first, second, other} {
		m := v.member(web)
		if err := errors.Join(m.renew(ctx), m.greet(ctx, eraOf(i)), m.me(ctx)); err != nil {
			t.Fatal(err)
		}
		members = append(members, m)
	}
	if got, err := first.send(ctx, first.program, first.origin+"/oauth/revoke", url.Values{"token": {first.refresh}, "client_id": {first.clientID}}); err != nil || got.status != http.StatusOK {
		t.Fatal(got, err)
	}
	if err := members[0].me(ctx); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("what was given back works on: %v", err)
	}
	for _, m := range members[1:] {
		if err := m.half(ctx); err != nil {
			t.Error(err)
		}
	}
	if err := members[0].renew(ctx); err == nil {
		t.Error("what was given back is renewed")
	}
	// The person's next sign-in with the first program is a new one, and a session of before is theirs still.
	if err := errors.Join(members[0].renew(ctx), members[0].me(ctx)); err != nil {
		t.Error(err)
	}
}
