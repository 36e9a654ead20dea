package schema

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	fresh      = 7 * 24 * time.Hour // after which a model is renewed, while it is used as before
	firstPause = time.Minute        // after a fetch that failed; each further one has five times as long to wait
	lastPause  = 6 * time.Hour
	mostAsked  = 24 * time.Hour // of what a service wants us to wait
	fetchLimit = 2 * time.Minute
	maxSources = 32
	settled    = 3 * 24 * time.Hour // after which a schema of far fewer types that keeps coming is how it is
)

// StoreConfig makes a [Store].
type StoreConfig struct {
	Dir       string // where models are kept; "": in memory alone
	UserAgent string
	Offline   bool             // nothing is fetched: what is in Dir is used, however old
	Log       *slog.Logger     // nil: none
	Now       func() time.Time // nil: time.Now
}

// Source is where the schema of one version of one cloud comes from.
type Source struct {
	Graph     string            // https://graph.microsoft.com
	Version   string            // v1.0 or beta
	Transport http.RoundTripper // nil: http.DefaultTransport. Of several for the same cloud and version any is used
}

// Status is how it stands with one source.
type Status struct {
	Fetched  time.Time // when its model was; zero: there is none
	Size     Size      // of its model
	Fetching bool
	Failure  error // of the last attempt; nil: it succeeded, or there was none
}

// Store has the models of several sources. It fetches what is asked for, anonymously, keeps it on disk, and renews it every
// week; it does not replace a good model by one that has far fewer types until such have come for days. Many goroutines may
// use it at once, and many processes the same folder.
type Store struct {
	disk    disk
	agent   string
	offline bool
	log     *slog.Logger
	now     func() time.Time

	mu     sync.Mutex       // guards what follows
	held   map[place]*entry // for as long as the store lives
	closed bool
}

// place is a source without the way to it.
type place struct{ host, version string }

// entry is what is held of one source.
type entry struct {
	place   place
	read    sync.Once // of the disk
	model   *Model    // guarded by Store.mu, as all that follows; nil: there is none
	fetched time.Time
	tried   time.Time     // when the last fetch ended
	failed  int           // fetches in a row
	pause   time.Duration // until the next
	failure error
	fewer   fewer         // kept out
	running chan struct{} // closed when the fetch that runs has ended; nil where none does
	cancel  context.CancelFunc
}

// NewStore makes a store. It opens nothing.
func NewStore(c StoreConfig) *Store {
	s := &Store{disk: disk{c.Dir}, agent: c.UserAgent, offline: c.Offline, log: c.Log, now: c.Now, held: map[place]*entry{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// UnavailableError means that there is no schema of a source.
type UnavailableError struct {
	Host, Version string
	Err           error
	hint          string
}

// Error says of which, and why.
func (e *UnavailableError) Error() string {
	return fmt.Sprintf("the schema of %s, %s, is not there: %v", e.Host, e.Version, e.Err)
}

// Unwrap returns why.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Hint returns what to do next.
func (e *UnavailableError) Hint() string {
	return cmp.Or(e.hint, "go on without it: what is embedded is known all the same; it is fetched again later, by itself")
}

var hostName = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]{1,5})?$`)

// place reads a source.
func (from Source) place() (place, error) {
	u, err := url.Parse(strings.ToLower(from.Graph))
	if err != nil || u.Scheme != "https" || u.User != nil || u.Path != "" && u.Path != "/" || !hostName.MatchString(u.Host) {
		return place{}, &UnavailableError{"that cloud", from.Version, errors.New("its address is not one such as https://graph.microsoft.com"), "correct the address of Graph"}
	}
	if from.Version != "v1.0" && from.Version != "beta" {
		return place{}, &UnavailableError{u.Host, shorten(from.Version), errors.New("there is no such version"), "use v1.0 or beta"}
	}
	return place{u.Host, from.Version}, nil
}

// find returns what is held of a source. The first time, the disk is read.
func (s *Store) find(from Source) (*entry, error) {
	at, err := from.place()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	e := s.held[at]
	if e == nil {
		if len(s.held) == maxSources {
			s.mu.Unlock()
			return nil, &UnavailableError{at.host, at.version, fmt.Errorf("there are %d others already", maxSources), ""}
		}
		e = &entry{place: at}
		s.held[at] = e
	}
	s.mu.Unlock()
	e.read.Do(func() { s.recall(e) })
	return e, nil
}

// recall takes the model that is on disk, if it is newer than the one that is held; false where it is not.
func (s *Store) recall(e *entry) bool {
	model, fetched, err := s.disk.read(e.place)
	if err != nil {
		s.log.Warn("a stored schema is of no use", "host", e.place.host, "version", e.place.version, "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if model == nil || !fetched.After(e.fetched) {
		return false
	}
	e.model, e.fetched = model, fetched
	return true
}

// Model returns the model of a source as it is there now, in memory or on disk; nil where there is none. It never waits for
// the network, but has it fetched in the background where it is missing or old.
func (s *Store) Model(from Source) *Model {
	e, err := s.find(from)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renew(e, from.Transport)
	return e.model
}

// Held is [Store.Model] without the fetch.
func (s *Store) Held(from Source) *Model {
	e, err := s.find(from)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return e.model
}

// renew starts a fetch if it is time for one. The caller holds mu.
func (s *Store) renew(e *entry, transport http.RoundTripper) {
	now := s.now()
	age := now.Sub(e.fetched)
	current := e.model != nil && age < fresh && age > -fresh // a clock may have been wrong then
	waiting := e.failed > 0 && now.Sub(e.tried) < e.pause
	if s.offline || s.closed || e.running != nil || current || waiting {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
	e.running, e.cancel = make(chan struct{}), cancel
	go s.refresh(ctx, e, transport)
}

// Wait is [Store.Model], but waits for the fetch under way where there is no model yet, at most as long as ctx lets it. An
// [*UnavailableError] says why there is none.
func (s *Store) Wait(ctx context.Context, from Source) (*Model, error) {
	if model := s.Model(from); model != nil {
		return model, nil
	}
	e, err := s.find(from)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	running := e.running
	s.mu.Unlock()
	if running != nil {
		select {
		case <-running:
		case <-ctx.Done():
			return nil, &UnavailableError{e.place.host, e.place.version, context.Cause(ctx), "ask again in a moment: it is being fetched"}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case e.model != nil:
		return e.model, nil
	case e.failure != nil:
		return nil, &UnavailableError{e.place.host, e.place.version, e.failure, hintOf(e.failure)}
	case s.offline:
		return nil, &UnavailableError{e.place.host, e.place.version, errors.New("none is stored, and nothing is fetched"), "let this program fetch it once, or go on without it"}
	}
	return nil, &UnavailableError{e.place.host, e.place.version, errors.New("the program is ending"), ""}
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// Status returns how it stands with a source. It fetches nothing.
func (s *Store) Status(from Source) Status {
	e, err := s.find(from)
	if err != nil {
		return Status{Failure: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status := Status{Fetched: e.fetched, Fetching: e.running != nil, Failure: e.failure}
	if e.model != nil {
		status.Size = e.model.Size()
	}
	return status
}

// Close ends the fetches under way and waits until they have, at most as long as ctx lets it. No other begins. Models that
// are there can be asked for as before.
func (s *Store) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	var running []chan struct{}
	for _, e := range s.held {
		if e.running != nil {
			e.cancel()
			running = append(running, e.running)
		}
	}
	s.mu.Unlock()
	for _, ended := range running {
		select {
		case <-ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
