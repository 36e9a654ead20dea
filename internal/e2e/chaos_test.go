package e2e

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The chaos test drives the program, over both transports and in both eras, by many callers at once while things go
// wrong at every joint, and checks what has to hold whatever happens (chaos_check_test.go).
//
// Everything that is left to chance comes from a seed, which is printed. It decides what each caller does and which
// trouble each of its requests meets, so that a seed brings the same again but for the order in which goroutines run:
//
//	go test ./internal/e2e/ -run '^TestChaos$' -count=1 -v -chaos.seed 7
//	go test ./internal/e2e/ -run '^TestChaos$' -count=1 -timeout 0 -chaos.for 30m    (many seeds and longer rounds, by hand)
//
// What goes wrong is of two kinds.
//
//   - A trouble meets the requests of one call, at Graph: an answer that breaks off, one that lies about its length, one
//     that leads elsewhere. To add one, add a row to graphTroubles (chaos_graph_test.go) and say what the tenant has
//     done then: the ledger goes by that.
//   - A weather is over everybody for a while: the authority is down, the tokens are revoked, a disk is full, the store
//     is gone, a server is asked to end. To add one, write a weather and put it into the list of its file:
//     authorityWeather, networkWeather, lineWeather, clientWeather, or machineWeather for what is this machine's own
//     (chaos_machine_test.go). A weather lasts for a number of calls, not for a time. What it needs in the
//     configuration or the environment of the servers, machineSetup adds there.
//
// A weather's strike must leave everything as it was when its mend returns, since after the last one all has to be well
// again. It may call chaos.violated, as anything may that sees what must not be.
var (
	chaosSeed = flag.String("chaos.seed", os.Getenv("CHAOS_SEED"), "the seed of the chaos test; a number")
	chaosOnly = flag.String("chaos.only", "", "of the weather, only that whose name has this in it")
	chaosFor  = flag.Duration("chaos.for", 0, "how long the chaos test goes on, with one seed after the other")
)

// A weather is something that goes wrong for everybody for a while.
type weather struct {
	name string
	long bool // it comes only where there is time (-chaos.for): it takes a while until all is well again

	// strike lets it go wrong, for dice to decide how. It returns what mends it, which waits until it is mended, or an
	// error where this machine or this round cannot have it, which is no failure. Callers go on calling during both, and
	// one other weather may be there at the same time, but never this one twice.
	strike func(ctx context.Context, c *chaos, dice *rand.Rand) (mend func() error, err error)
}

// allWeather are all kinds, in an order that does not change.
func allWeather() []weather {
	all := slices.Concat(authorityWeather(), networkWeather(), lineWeather(), clientWeather(), machineWeather())
	return slices.DeleteFunc(all, func(w weather) bool { return !strings.Contains(w.name, *chaosOnly) })
}

// chaos is one round: a tenant, the servers, the callers, and what has happened.
type chaos struct {
	seed    uint64
	tenant  *chaosTenant // the simulated Microsoft and all that can go wrong there
	hosts   []*chaosServer
	ways    []*way        // to them, by transport and era
	machine *chaosMachine // what the servers share of it
	lines   [2]*chaosLine // to the authority and to Graph
	decoy   *decoys       // where nothing may ever come
	ledger  *chaosLedger  // what was written, and what callers were told
	heard   *whispers     // every answer, and every secret that may not be in one

	mu       sync.Mutex
	schedule []string       // guarded by mu; what went wrong, in order
	broken   []string       // guarded by mu; what must not be
	done     int            // guarded by mu; calls that have ended, however
	changed  chan struct{}  // guarded by mu; closed and replaced with each of them
	counts   map[string]int // guarded by mu; calls by kind
	words    map[string]int // guarded by mu; what callers were told
}

// maxBroken bounds how much is told of one round.
const maxBroken = 40

// violated notes that something happened that must not.
func (c *chaos) violated(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.broken) < maxBroken {
		c.broken = append(c.broken, fmt.Sprintf(format, args...))
	}
}

// happened notes an event of the schedule.
func (c *chaos) happened(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedule = append(c.schedule, fmt.Sprintf("%6d  ", c.done)+fmt.Sprintf(format, args...))
}

// had tells whether something has gone wrong on purpose in this round.
func (c *chaos) had(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.schedule, func(line string) bool { return strings.Contains(line, what) })
}

// ended counts a call that has ended.
func (c *chaos) ended(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.counts[kind]++
	close(c.changed)
	c.changed = make(chan struct{})
}

// afterCalls waits until n more calls have ended, or ctx has.
func (c *chaos) afterCalls(ctx context.Context, n int) {
	c.mu.Lock()
	end := c.done + n
	c.mu.Unlock()
	for {
		c.mu.Lock()
		over, changed := c.done >= end, c.changed
		c.mu.Unlock()
		if over {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// The size of a round: callers of each way, and what each does.
const (
	chaosCallers = 6
	chaosErrands = 7 // 20 where there is time
	chaosSpells  = 2 // kinds of weather at a time
)

// errandsOfEach is how many errands each caller runs.
func errandsOfEach() int {
	if *chaosFor > 0 {
		return 20
	}
	return chaosErrands
}

// chaosStride is more than that: the names of a caller's errands do not depend on how many there are.
const chaosStride = 32

func TestChaos(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64N(1_000_000)
	if *chaosSeed != "" {
		var err error
		if seed, err = strconv.ParseUint(*chaosSeed, 10, 64); err != nil {
			t.Fatalf("-chaos.seed: %v", err)
		}
	}
	for began := time.Now(); ; seed++ {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { playChaos(t, seed) }) && *chaosFor == 0 {
			return
		}
		if time.Since(began) >= *chaosFor {
			return
		}
	}
}

// playChaos plays one round.
func playChaos(t *testing.T, seed uint64) {
	c := newChaos(t, seed)
	defer c.tell(t)
	c.calm(t)
	before := c.levels(t)
	load, over := context.WithCancel(t.Context())
	defer over()
	var director, callers sync.WaitGroup
	for i := range chaosSpells {
		director.Go(func() { c.direct(load, i) })
	}
	for i, w := range c.ways {
		for j := range chaosCallers {
			callers.Go(func() { c.runErrands(t.Context(), w, i*chaosCallers+j) })
		}
	}
	callers.Wait()
	over()
	director.Wait()
	c.tenant.clear()
	c.recovers(t)
	c.levelsReturn(t, before)
	c.finish(t)
	c.ledger.check(c)
}

// tell fails the test where something must not have been, with all that led to it.
func (c *chaos) tell(t *testing.T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Logf("seed %d: %d calls: %v\n%s", c.seed, c.done, c.counts, c.said())
	if len(c.broken) == 0 && !t.Failed() {
		return
	}
	again := fmt.Sprintf("-chaos.seed %d", c.seed)
	if *chaosFor > 0 {
		again += " -chaos.for 1s"
	}
	t.Errorf("seed %d (%s):\n%s\n\nwhat went wrong on purpose, and how many calls had ended by then:\n%s",
		c.seed, again, strings.Join(c.broken, "\n"), strings.Join(c.schedule, "\n"))
}

// dice are the chances of one part of a round.
func (c *chaos) dice(part uint64) *rand.Rand { return rand.New(rand.NewPCG(c.seed, part)) }

// The parts of a round that chance decides on their own, so that none changes another.
const (
	partWeather   = 1 << 32
	partErrands   = 2 << 32
	partStore     = 3 << 32
	partQuestions = 4 << 32
	partMachine   = 5 << 32
)

// direct lets one kind of weather follow the other until ctx ends. The kinds are dealt out between those that direct,
// so that none comes twice at once.
func (c *chaos) direct(ctx context.Context, part int) {
	dice := c.dice(partWeather + uint64(part))
	var mine []weather
	for i, w := range allWeather() {
		if i%chaosSpells == part && (!w.long || *chaosFor > 0) {
			mine = append(mine, w)
		}
	}
	for len(mine) > 0 && ctx.Err() == nil {
		for _, i := range dice.Perm(len(mine)) {
			if ctx.Err() == nil {
				c.spell(ctx, mine[i], dice)
			}
		}
	}
}

// spell lets a weather come and go.
func (c *chaos) spell(ctx context.Context, w weather, dice *rand.Rand) {
	// Bounded beyond the load, so that the last weather is mended whatever happens.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	mend, err := w.strike(bounded, c, dice)
	if err != nil {
		c.happened("%s: not here: %v", w.name, err)
		c.afterCalls(ctx, 1)
		return
	}
	c.happened("%s", w.name)
	c.afterCalls(ctx, 3+dice.IntN(15))
	if err := mend(); err != nil {
		c.violated("%s is not mended: %v", w.name, err)
	}
	c.happened("%s is over", w.name)
	c.afterCalls(ctx, dice.IntN(6))
}
