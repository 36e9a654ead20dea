package oauth

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// grant is what a person has agreed to: that a client acts as them here. It is written once and does not change, so that
// replicas cannot undo each other's changes; what changes has records of its own (upstream, turn).
type grant struct {
	App      string `json:"app"`    // that the person has signed in to
	Client   string `json:"client"` // fingerprint of its ID
	Resource string `json:"resource"`
	TenantID string `json:"tenant"`
	ObjectID string `json:"object"`
	Account  string `json:"account"`
}

// upstream is what the person's tokens are had with.
type upstream struct {
	Refresh string `json:"refresh"`
	Version string `json:"version"`
}

// turn says which refresh token of a grant is the current one, and since when.
type turn struct {
	Number int       `json:"number"`
	At     time.Time `json:"at"`
}

const (
	grantLife = 90 * 24 * time.Hour // without a use; Entra's own refresh tokens last as long
	endedLife = time.Hour           // of the note that a grant has ended: longer than any request that may be under way
)

// ended notes that a grant is no more.
type ended struct{}

// begin makes the grant of a code.
func (s *Server) begin(ctx context.Context, c code) (*oidc.AccessTokenResponse, error) {
	g := grant{c.App, c.Asked.Client, c.Asked.Resource, c.TenantID, c.ObjectID, c.Account}
	if err := s.records.put(ctx, "upstream", c.Grant, upstream{c.Upstream, rand.Text()}, grantLife); err != nil {
		return nil, err
	}
	return s.goOn(ctx, c.Grant, g, 0)
}

// goOn keeps a grant for another while and hands out its next tokens: the number is that of the refresh token.
func (s *Server) goOn(ctx context.Context, id string, g grant, number int) (*oidc.AccessTokenResponse, error) {
	if err := s.records.put(ctx, "turn", id, turn{number, s.config.Now()}, grantLife); err != nil {
		return nil, err
	}
	if err := s.records.put(ctx, "grant", id, g, grantLife); err != nil {
		return nil, err
	}
	if over, err := s.hasEnded(ctx, id); err != nil || over {
		if err == nil {
			err = fail(codeInvalidGrant, "the grant has ended: sign in again")
		}
		return nil, err
	}
	return s.tokens(id, g, number)
}

// hasEnded tells whether a grant ended while it was being written, and removes what was written then.
func (s *Server) hasEnded(ctx context.Context, id string) (bool, error) {
	var e ended
	over, err := s.records.get(ctx, "ended", id, &e)
	if err != nil || !over {
		return false, err
	}
	return true, s.drop(ctx, id)
}

// end ends a grant: its tokens are not taken any more. The note comes first, for those who are writing at the moment.
func (s *Server) end(ctx context.Context, id string) error {
	if err := s.records.put(ctx, "ended", id, ended{}, endedLife); err != nil {
		return err
	}
	return s.drop(ctx, id)
}

func (s *Server) drop(ctx context.Context, id string) error {
	for _, kind := range []string{"grant", "upstream", "turn"} {
		if err := s.records.drop(ctx, kind, id); err != nil {
			return err
		}
	}
	return nil
}

// Grants returns what signs people in again without asking them: the upstream's refresh tokens, by grant.
func (s *Server) Grants() *Grants { return &Grants{s} }

// Grants keeps the upstream's refresh token of each grant. It is safe for concurrent use, also by several replicas.
type Grants struct{ server *Server }

// Load returns a grant's refresh token and which version of it that is. An error with Gone() true means that there is no
// such grant.
func (g *Grants) Load(ctx context.Context, id string) (refresh secret.Text, version string, err error) {
	var u upstream
	found, err := g.server.records.get(ctx, "upstream", id, &u)
	if err != nil {
		return secret.Text{}, "", err
	}
	if !found {
		return secret.Text{}, "", errGone
	}
	return secret.NewText(u.Refresh), u.Version, nil
}

// Stands tells whether there is such a grant, of the app that people sign in to now.
func (g *Grants) Stands(ctx context.Context, id string) (bool, error) {
	var there grant
	found, err := g.server.records.get(ctx, "grant", id, &there)
	return found && there.App == g.server.config.App, err
}

// Save keeps the refresh token that came in the place of a version. Where another replica was faster, its token stays:
// both are good, and one is enough.
func (g *Grants) Save(ctx context.Context, id, version string, refresh secret.Text) error {
	var u upstream
	found, err := g.server.records.get(ctx, "upstream", id, &u)
	switch {
	case err != nil:
		return err
	case !found:
		return errGone
	case u.Version != version || u.Refresh == refresh.Reveal() || refresh.IsZero():
		return nil
	}
	if err := g.server.records.put(ctx, "upstream", id, upstream{refresh.Reveal(), rand.Text()}, grantLife); err != nil {
		return err
	}
	if over, err := g.server.hasEnded(ctx, id); err != nil || over {
		if err == nil {
			err = errGone
		}
		return err
	}
	return nil
}

// End ends a grant, as where the upstream does not know its refresh token any more: the client is told to have the
// person sign in again. A grant that has ended already stays so.
func (g *Grants) End(ctx context.Context, id string) error { return g.server.end(ctx, id) }

// goneError says that a grant has ended; as a constant, because it is always the same.
type goneError string

const errGone = goneError("the sign-in has ended")

func (e goneError) Error() string { return string(e) }

// Hint returns what to do next.
func (goneError) Hint() string { return signInAgain }

// Gone tells that nothing will bring it back.
func (goneError) Gone() bool { return true }
