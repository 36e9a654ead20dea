package mcp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// A client of the older era answers a question, and takes a call back, by a request of its own, which may arrive at
// another replica than the one whose call it is about. That one hears of it by a letter to all.

// letter is what one replica tells the others, sealed.
type letter struct {
	Kind    letterKind `json:"kind"`
	Session []byte     `json:"session"` // its ID's hash
	Owner   string     `json:"owner"`   // for whom the sender has let the message in
	Mark    int64      `json:"mark,omitempty"`
	Body    []byte     `json:"body,omitempty"`    // a message for the library
	Receipt string     `json:"receipt,omitempty"` // by which whoever takes an answer says so
}

type letterKind string

const (
	answerLetter    letterKind = "answer"
	cancelledLetter letterKind = "cancelled"
	endedLetter     letterKind = "ended"
	takenLetter     letterKind = "taken" // the receipt of an answer
)

const (
	mailChannel = "sessions"
	mailPurpose = "letter"
	mailLimit   = 64 << 10    // bytes of a message that is sent on: people's answers are short
	mailPause   = time.Second // before a subscription that broke off is made again

	answerAgain = 300 * time.Millisecond // before an answer that nobody has taken is sent again
	answerTime  = 3 * time.Second        // in which somebody has to
)

// mail is the subscription of a replica to letters.
type mail struct {
	mu      sync.Mutex
	begun   bool               // guarded by mu
	stopped bool               // guarded by mu
	cancel  context.CancelFunc // guarded by mu
	over    sync.WaitGroup

	waiting map[string]chan<- struct{} // guarded by mu; for the receipts of answers
}

// begin takes letters in from now on.
func (m *mail) begin(s *sessions) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun || m.stopped {
		return
	}
	m.begun = true
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.over.Go(func() {
		for ctx.Err() == nil {
			if err := s.shared.Subscribe(ctx, mailChannel, s.take); err != nil && ctx.Err() == nil {
				s.log.Warn("messages of other replicas cannot be heard at the moment", "error", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(mailPause):
			}
		}
	})
}

// stop ends the subscription, and waits until it has.
func (s *sessions) stop() {
	s.mail.mu.Lock()
	s.mail.stopped = true
	if s.mail.cancel != nil {
		s.mail.cancel()
	}
	s.mail.mu.Unlock()
	s.mail.over.Wait()
}

// send sends a letter to all replicas.
func (s *sessions) send(ctx context.Context, l letter) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err // cannot happen with these fields
	}
	return s.shared.Publish(ctx, mailChannel, s.sealer.Seal(mailPurpose, text, []byte(mailChannel)))
}

// take takes a letter in. What is not about a session that is known here, and its owner's, is nothing to this replica.
func (s *sessions) take(sealed []byte) {
	text, err := s.sealer.Open(mailPurpose, sealed, []byte(mailChannel))
	var l letter
	if err != nil || json.Unmarshal(text, &l) != nil || len(l.Session) != sha256.Size {
		s.log.Warn("a message to the replicas is not one of theirs")
		return
	}
	sum := [sha256.Size]byte(l.Session)
	s.mu.Lock()
	n := s.byID[sum]
	var servers []*protocol
	if n != nil && n.owner == l.Owner {
		servers = slices.Clone(n.at)
	}
	s.mu.Unlock()
	if n == nil || n.owner != l.Owner {
		return
	}
	switch l.Kind {
	case endedLetter:
		s.drop(sum)
	case cancelledLetter:
		for _, p := range servers {
			p.cancelled(context.Background(), n, l.Body)
		}
	case answerLetter:
		s.mail.receive(echo + l.Receipt)
		for _, p := range servers {
			if p.mark == l.Mark {
				p.answered(n, l.Body)
				s.confirm(l)
			}
		}
	case takenLetter:
		s.mail.receive(l.Receipt)
	}
}

// confirm tells the other replicas that an answer was taken.
func (s *sessions) confirm(l letter) {
	s.mail.over.Go(func() { // not at once: more letters may be there, and the store slow
		_ = s.send(context.Background(), letter{Kind: takenLetter, Session: l.Session, Owner: l.Owner, Receipt: l.Receipt}) // or the answer comes again
	})
}

// expect returns what tells that a receipt has come; done ends the waiting for it.
func (m *mail) expect(receipt string) (come <-chan struct{}, done func()) {
	told := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting == nil {
		m.waiting = map[string]chan<- struct{}{}
	}
	m.waiting[receipt] = told
	return told, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.waiting, receipt)
	}
}

// receive tells whoever waits for a receipt that it has come.
func (m *mail) receive(receipt string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case m.waiting[receipt] <- struct{}{}:
	default: // nobody waits here, or it came twice
	}
}

var (
	errUntaken = errors.New("no replica has taken an answer in time") // it is to no question, or its call is over
	errUnheard = errors.New("messages to the replicas do not arrive")
)

// echo begins what tells that a replica has heard its own letter.
const echo = "echo "

// deliver sends an answer until a replica has taken it: after an outage, each hears again at a time of its own. Whoever
// takes it twice has no question for it the second time.
func (s *sessions) deliver(ctx context.Context, l letter) error {
	l.Receipt = rand.Text()
	taken, done := s.mail.expect(l.Receipt)
	defer done()
	heard, over := s.mail.expect(echo + l.Receipt)
	defer over()
	ctx, cancel := context.WithTimeoutCause(ctx, answerTime, errUntaken)
	defer cancel()
	again := time.NewTicker(answerAgain)
	defer again.Stop()
	for {
		err := s.send(ctx, l)
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-taken:
			return nil
		case <-again.C:
		case <-ctx.Done():
			if len(heard) == 0 {
				return errors.Join(errUnheard, err)
			}
			return context.Cause(ctx)
		}
	}
}

// serversOf returns which servers know a session here.
func (s *sessions) serversOf(n *session) []*protocol {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(n.at)
}

// serveAnswer hands a client's answer to whoever has asked, here or elsewhere.
func (g *generation) serveAnswer(w http.ResponseWriter, r *http.Request, n *session, m message) {
	var id int64
	if json.Unmarshal(m.ID, &id) != nil {
		door.WriteError(w, http.StatusBadRequest, "no question of this server has this id")
		return
	}
	mark, number := unmark(id)
	for _, p := range g.sessions.serversOf(n) {
		if p.mark != mark {
			continue
		}
		if !p.questions.answer(n.id, number, m) {
			refuseAnswer(w)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if g.shared.Alone() || mark <= 0 {
		refuseAnswer(w)
		return
	}
	body, err := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      int64           `json:"id"`
		Result  json.RawMessage `json:"result,omitempty"`
		Error   json.RawMessage `json:"error,omitempty"`
	}{"2.0", number, m.Result, m.Error})
	if err != nil {
		door.WriteError(w, http.StatusBadRequest, "the answer cannot be read")
		return
	}
	g.passOn(w, r, letter{Kind: answerLetter, Owner: n.owner, Mark: mark, Body: body}, n)
}

// answered hands on an answer that another replica has got. Of one that comes once more, nothing is left to do.
func (p *protocol) answered(n *session, body []byte) {
	var m message
	var number int64
	if json.Unmarshal(body, &m) == nil && json.Unmarshal(m.ID, &number) == nil {
		p.questions.answer(n.id, number, m)
	}
}

// cancelled cancels what a client takes back: a tool call, or what the library carries out.
func (p *protocol) cancelled(ctx context.Context, n *session, body []byte) {
	p.calls.cancel(n.id, body)
	p.post(ctx, n, body)
}

// serveCancelled takes a call back, wherever it runs.
func (g *generation) serveCancelled(w http.ResponseWriter, r *http.Request, n *session, body []byte) {
	for _, p := range g.sessions.serversOf(n) {
		p.cancelled(r.Context(), n, body)
	}
	if g.shared.Alone() {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	g.passOn(w, r, letter{Kind: cancelledLetter, Owner: n.owner, Body: body}, n)
}

// passOn sends a client's message to the other replicas.
func (g *generation) passOn(w http.ResponseWriter, r *http.Request, l letter, n *session) {
	if len(l.Body) > mailLimit {
		door.WriteError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("an answer of more than %d bytes is not taken", mailLimit))
		return
	}
	sum := sha256.Sum256([]byte(n.id))
	l.Session = sum[:]
	send := g.sessions.send
	if l.Kind == answerLetter {
		send = g.sessions.deliver
	}
	switch err := send(r.Context(), l); {
	case errors.Is(err, errUntaken), err != nil && r.Context().Err() != nil: // the one is told; the other's client is gone
		refuseAnswer(w)
	case err != nil:
		g.door.RefuseStore(w, r, err)
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

// refuseAnswer answers an answer that nobody waits for.
func refuseAnswer(w http.ResponseWriter) {
	door.WriteError(w, http.StatusBadRequest, "no question of this server has this id, or its call is over")
}
