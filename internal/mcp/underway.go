package mcp

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// questionLife is how long one call's question stands for all: its client may be gone without a word.
const questionLife = 2 * time.Minute

// signIns knows, for each profile, the last sign-in that a call was told of.
type signIns struct {
	mu   sync.Mutex
	last map[*tools.Profile]*underWay // guarded by mu
}

func newSignIns() *signIns { return &signIns{last: map[*tools.Profile]*underWay{}} }

// underWay is a sign-in and whether its person is being asked.
type underWay struct {
	*tools.SignIn

	mu      sync.Mutex
	asked   time.Time     // guarded by mu; zero: nobody is being asked
	refused chan struct{} // guarded by mu; closed and replaced when the person says no
}

// join starts a profile's sign-in or joins the one that is under way.
func (s *signIns) join(ctx context.Context, p *tools.Profile) (*underWay, error) {
	started, err := p.SignIn(ctx)
	if err != nil {
		return nil, err
	}
	if !openable(started.URL) {
		return nil, &unsigned{problem: "the sign-in to profile " + p.Name + " has no address that a person should open", remedy: byHand(started)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// What a person opens and types is another for each sign-in.
	if last := s.last[p]; last != nil && last.URL == started.URL && last.UserCode == started.UserCode {
		return last, nil
	}
	s.last[p] = &underWay{SignIn: started, refused: make(chan struct{})}
	return s.last[p], nil
}

// joined returns the sign-in that a call of this profile was last told of, ended or not; nil for none.
func (s *signIns) joined(p *tools.Profile) *underWay {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[p]
}

// openable tells whether an address may be put before a person: what a client opens must not run or send
// anything else.
func openable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// ask reports whether the caller is the one to ask the person. Where another is, refused tells of a no.
func (u *underWay) ask() (ours bool, refused <-chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if ours = u.asked.IsZero() || time.Since(u.asked) > questionLife; ours {
		u.asked = time.Now()
	}
	return ours, u.refused
}

// refuse ends the wait of all who rely on the question that was answered with no.
func (u *underWay) refuse() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = time.Time{}
	close(u.refused)
	u.refused = make(chan struct{})
}
