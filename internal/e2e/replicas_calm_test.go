package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// calmFleet is one whose replicas all run, with callers k0, k1 and so on.
func calmFleet(t *testing.T, o fleetOptions) (*fleet, *load, []*caller) {
	t.Helper()
	o.people = 20_000
	f := startFleet(t, o)
	l := newLoad(t, f)
	var callers []*caller
	for i := range o.keys {
		callers = append(callers, newCaller(f, f.keys[fmt.Sprintf("k%d", i)]))
	}
	return f, l, callers
}

// Links that one replica has made are used at the others, and of ten who use one at once one does.
func TestReplicasShareLinks(t *testing.T) {
	t.Parallel()
	f, l, callers := calmFleet(t, fleetOptions{keys: 2, level: "warn"})
	c, content := callers[0], strings.Repeat("\x00\xff", 400) // small: an answer to whoever still sends may be lost
	for i, r := range f.replicas {
		name := l.employee()
		to, came, err := c.at(r).uploadLink(within(t), name)
		if err != nil || came != answered {
			t.Fatalf("replica %d: no link: %v, %v", i, came, err)
		}
		checkOneWins(t, "upload", func() (outcome, error) {
			res, came, err := c.put(within(t), to, content)
			if res != nil {
				res.Body.Close()
			}
			return came, err
		})
		l.ledger.told(name, answered)
		from, came, err := c.at(r).link(within(t), "download_file", map[string]any{"path": racePath(name)})
		if err != nil || came != answered {
			t.Fatalf("replica %d: no link: %v, %v", i, came, err)
		}
		checkOneWins(t, "download", func() (outcome, error) { return c.get(within(t), from, []byte(content)) })
	}
	l.ledger.check(t)
}

func checkOneWins(t *testing.T, what string, do func() (outcome, error)) {
	t.Helper()
	all, err := race(10, do)
	if n, late := count(all, answered), count(all, gone); err != nil || n != 1 || late != 9 {
		t.Errorf("%s: %d of 10 were served and %d refused, want 1 and 9: %v, %v", what, n, late, all, err)
	}
}

// What a person agrees to at one replica is done once, whichever replicas the agreement comes to, and though the store
// may have forgotten that it was used. Nobody else's agreement or session counts.
func TestReplicasShareAgreements(t *testing.T) {
	t.Parallel()
	f, l, callers := calmFleet(t, fleetOptions{keys: 2, level: "warn"})
	c, eve, who := callers[0], callers[1], l.employee()
	arguments := changeOf(who)
	asked, _, err := c.at(f.replicas[0]).call(within(t), graphParams(arguments), nil)
	_, token, ok := strings.Cut(asked.text(), `with confirm "`)
	if !ok {
		t.Fatalf("no token: %v, %s", err, asked.text())
	}
	arguments["confirm"], _, _ = strings.Cut(token, `"`)
	if got, came, _ := eve.call(within(t), graphParams(arguments), nil); !got.IsError {
		t.Errorf("another caller redeems it: %v, %s", came, got.text())
	}
	checkOneWins(t, "agreement", func() (outcome, error) {
		got, came, err := c.call(within(t), graphParams(arguments), nil)
		if err == nil && came == answered && got.IsError {
			err = fmt.Errorf("changing %s: %s", who, got.text())
		}
		return came, err
	})
	l.ledger.told(who, answered)
	f.store.kill()
	f.store.start(t)
	for range 2 * fleetSize {
		if err := eventually(t, func(ctx context.Context) (outcome, error) {
			got, came, err := c.call(ctx, graphParams(arguments), nil)
			if came == gone {
				return answered, err // refused for good
			}
			if err == nil && came == answered {
				err = fmt.Errorf("it holds once more: %s", got.text())
			}
			return came, err
		}); err != nil {
			t.Error(err)
		}
	}
	l.ledger.check(t)
}

// A person who is asked while the store is down, or comes back, is heard: their answer is taken and acted on, or they
// are told to send it again. Whether the call is then made or has to be asked for anew is up to what the store remembers.
func TestReplicasHearAnswersAroundAnOutage(t *testing.T) {
	t.Parallel()
	f, l, callers := calmFleet(t, fleetOptions{appendOnly: true, keys: 1, level: "warn"})
	c := callers[0]
	c.asks = true
	if came, err := c.greet(within(t)); err != nil || came != answered {
		t.Fatalf("no session: %v, %v", came, err)
	}
	for round := range 3 {
		who := l.employee()
		at, other := f.replicas[round%fleetSize], f.replicas[(round+1)%fleetSize]
		got, came, err := c.at(at).call(within(t), graphParams(changeOf(who)), func(ctx context.Context, id json.RawMessage) error {
			f.store.kill()
			if came, err := c.at(other).agree(ctx, id); err != nil || came != putOff {
				return fmt.Errorf("without a store: %v, %w", came, err)
			}
			f.store.start(t)
			return eventually(t, func(ctx context.Context) (outcome, error) {
				came, err := c.at(other).agree(ctx, id)
				if came == gone && err == nil {
					err = errors.New("the session is gone, though the store remembers")
				}
				return came, err
			})
		})
		if asksAnew := came == gone && got.IsError; err != nil || !asksAnew && (came != answered || got.IsError) {
			t.Errorf("round %d: %v, %v, %s", round, came, err, got.text())
		}
		l.ledger.told(who, came)
	}
	l.ledger.check(t)
}

// A key that is revoked in one replica's file is refused by all, whatever they have in theirs, and what was begun with it
// ends.
func TestReplicasHearOfRevokedKeys(t *testing.T) {
	t.Parallel()
	f, l, callers := calmFleet(t, fleetOptions{appendOnly: true, keys: 2, level: "warn"})
	c, other := callers[0], callers[1]
	for i, r := range f.replicas { // all have let it in
		if came, err := reads(within(t), l, c.at(r)); came != answered || err != nil {
			t.Fatalf("replica %d: %v, %v", i, came, err)
		}
	}
	to, came, err := c.uploadLink(within(t), l.employee())
	if came != answered || err != nil {
		t.Fatalf("no link: %v, %v", came, err)
	}
	revoke := exec.Command(binary, "key", "revoke", "k0")
	revoke.Env = environment(t, "MICROSOFT_MCP_CONFIG="+f.replicas[0].config)
	if out, err := revoke.CombinedOutput(); err != nil || !strings.Contains(string(out), "all replicas are told") {
		t.Fatalf("key revoke: %v\n%s", err, out)
	}
	for i, r := range f.replicas {
		for ctx := within(t); ; rest(ctx) {
			res, body := ask(t, http.MethodPost, r.url, initializeRequest(), withKey(c.key))
			if res.StatusCode == http.StatusUnauthorized {
				break
			}
			if ctx.Err() != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("replica %d: %s %s", i, res.Status, body)
			}
		}
		if came, err := reads(within(t), l, other.at(r)); came != answered || err != nil {
			t.Errorf("replica %d: another key: %v, %v", i, came, err)
		}
	}
	f.kill(t, 2)
	f.start(t, 2) // with the old file
	if res, body := ask(t, http.MethodPost, f.replicas[2].url, initializeRequest(), withKey(c.key)); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a replica that has been started anew: %s %s", res.Status, body)
	}
	if res, came, err := c.put(within(t), to, "x"); came != gone || err != nil {
		t.Errorf("a link that was made with it: %v, %v, %v", res, came, err)
	}
}

// All replicas together let nobody call more often than one would.
func TestReplicasShareRates(t *testing.T) {
	t.Parallel()
	const rate = 30
	_, l, callers := calmFleet(t, fleetOptions{keys: 2, level: "warn", http: fmt.Sprintf("rate_limit = %d", rate)})
	began, passed := time.Now(), 0
	for range 3 * rate {
		came, err := reads(within(t), l, callers[0])
		if err != nil || came != answered && came != putOff {
			t.Fatalf("%v, %v", came, err)
		}
		if came == answered {
			passed++
		}
	}
	most := rate + 1 + int(time.Since(began).Minutes()*rate)
	if passed < rate || passed > most {
		t.Errorf("%d calls passed, want %d to %d", passed, rate, most)
	}
	if came, err := reads(within(t), l, callers[1]); came != answered || err != nil {
		t.Errorf("another caller: %v, %v", came, err)
	}
}

// A changed configuration is taken over whole or not at all, on SIGHUP or when the file changes, and nobody who calls
// meanwhile notices. SIGTERM lets running calls finish.
func TestReplicasReload(t *testing.T) {
	t.Parallel()
	f, l, callers := calmFleet(t, fleetOptions{keys: 8, level: "info", http: "rate_limit = 0"})
	first := f.replicas[0]
	stop := make(chan struct{})
	var running sync.WaitGroup
	for i, c := range callers[1:] {
		if e := (errand{"read", reads}); i%2 == 0 {
			l.begin(t, &running, stop, e, c)
		} else {
			l.begin(t, &running, stop, errand{"read in a session", inSession(reads)}, c)
		}
	}
	upn := l.employee()
	l.begin(t, &running, stop, errand{"me", isThem(upn)}, newCaller(f, sandboxtest.APIToken(t, f.tenant, upn)))
	end := sync.OnceFunc(func() {
		close(stop)
		running.Wait()
	})
	t.Cleanup(end)

	slow := newSlowRead(t, f.tenant)
	finished := runs(t, callers[0].at(first), slow)
	good := contentOf(t, first.config)
	first.write(t, good+"\n[profiles.app]\n")
	first.signal(t, syscall.SIGHUP)
	first.hears(t, "the last good one stays")
	checkKey(t, first, callers[0].key, http.StatusOK)

	without := strings.Replace(good, `name = "k0"`, `name = "new"`, 1)
	without = strings.Replace(without, sumOf(f.keys["k0"]), sumOf("the new key"), 1)
	first.write(t, without)
	first.signal(t, syscall.SIGHUP)
	first.hears(t, "configuration reloaded")
	checkKey(t, first, callers[0].key, http.StatusUnauthorized)
	checkKey(t, first, "the new key", http.StatusOK)
	l.wait(t, 40, true)
	slow.answer()
	if err := <-finished; err != nil {
		t.Errorf("a call that ran when its key was removed: %v", err)
	}

	second := f.replicas[1]
	second.write(t, without) // without a signal
	second.hears(t, "configuration reloaded")
	checkKey(t, second, callers[0].key, http.StatusUnauthorized)

	slow = newSlowRead(t, f.tenant)
	finished = runs(t, callers[1].at(second), slow)
	second.signal(t, syscall.SIGTERM)
	second.refusesConnections(t, second.url)
	l.wait(t, 40, true)
	slow.answer()
	if err := <-finished; err != nil {
		t.Errorf("a call that ran at SIGTERM: %v", err)
	}
	if code := second.exitCode(t); code != 0 {
		t.Errorf("after SIGTERM it ends with %d, want 0", code)
	}
	end()
	for name, counts := range l.counts {
		if counts[putOff]+counts[gone] > 0 {
			t.Errorf("%s: answered, refused, lost, gone: %v", name, counts)
		}
	}
}

// runs makes a call that does not end yet, and returns where its end is told.
func runs(t *testing.T, c *caller, slow *slowRead) <-chan error {
	t.Helper()
	finished := make(chan error, 1)
	go func() {
		got, came, err := c.call(within(t), graphParams(map[string]any{"path": slow.path}), nil)
		if err == nil && (came != answered || got.IsError) {
			err = fmt.Errorf("%v: %s", came, got.text())
		}
		finished <- err
	}()
	await(t, slow.arrived, "the call reaches Graph")
	return finished
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// hears waits for a line of the log.
func (p *process) hears(t *testing.T, words string) {
	t.Helper()
	p.stderr.wait(t, words, func(line string) bool { return strings.Contains(line, words) })
}

func checkKey(t *testing.T, r *replica, key string, want int) {
	t.Helper()
	if res, body := ask(t, http.MethodPost, r.url, initializeRequest(), withKey(key)); res.StatusCode != want {
		t.Errorf("a key: %s %s, want %d", res.Status, body, want)
	}
}
