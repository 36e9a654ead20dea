package e2e

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// chaosMachine is what the servers of a round share of their machine: a disk with the audit log and the cache of
// schemas, which is a file system of its own where this test may have one, and a store.
type chaosMachine struct {
	disk    string
	mounted bool
	why     error // why disk is no file system of its own
	store   *redisProcess

	disking, storing sync.Mutex // held while something is wrong with the disk, or with the store
}

// storeConnections is how many connections to the store a server keeps at most once it has needed them (state's poolSize).
const storeConnections = 32

var errInTrouble = errors.New("it is in trouble already")

func (m *chaosMachine) audit() string { return filepath.Join(m.disk, "log", "audit.jsonl") }

// machineWeather is what goes wrong with the machine itself: its disks, files and limits, the processes' time, and the
// store that replicas share. The keyring has a test of its own (TestChaosOfAKeyring).
func machineWeather() []weather {
	return slices.Concat([]weather{
		{name: "the folders of the audit log and of the cache are gone", strike: foldersGone},
		{name: "the configuration is broken", strike: configurationBroken},
		{name: "the store has crashed", strike: storeCrashes},
	}, systemWeather())
}

// machineSetup makes what the weather of the machine needs for one round, and returns lines to be added to the
// configuration file of the servers and pairs to be added to their environment.
func machineSetup(t *testing.T, c *chaos) (tables string, env []string) {
	t.Helper()
	m := &chaosMachine{disk: t.TempDir()}
	c.machine = m
	m.why = mountDisk(t, m.disk)
	m.mounted = m.why == nil
	for _, folder := range []string{"log", "cache"} {
		if err := os.Mkdir(filepath.Join(m.disk, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { m.check(t, c) })
	if _, err := exec.LookPath("redis-server"); err == nil && c.hasStore() {
		m.store = startRedis(t, true)
		key := filepath.Join(t.TempDir(), "state.key")
		if err := os.WriteFile(key, []byte(base64.StdEncoding.EncodeToString([]byte(crand.Text() + crand.Text())[:32])), 0o600); err != nil {
			t.Fatal(err)
		}
		tables = fmt.Sprintf("\n[state]\nurl = \"unix://%s\"\nkey = { file = %q }\n", m.store.socket, key)
	}
	if *chaosFor > 0 && c.dice(partMachine).IntN(2) == 0 { // little memory, so that it is let go all the time
		env = append(env, "GOMEMLIMIT=48MiB")
	}
	return tables + fmt.Sprintf("\n[audit]\nfile = %q\nmax_size = 1099511627776\n\n[schema]\nfolder = %q\n", m.audit(), filepath.Join(m.disk, "cache")), env
}

// hasStore tells whether the servers of this round have a store: every third round's, and wherever there is time or it is
// all about the store.
func (c *chaos) hasStore() bool {
	return *chaosFor > 0 || *chaosOnly != "" || c.dice(partStore).IntN(3) == 0
}

var errNoStore = errors.New("there is no store in this round")

// check fails unless the audit log is one of whole lines but for those that were cut short, and has every change that
// was sent to somebody.
func (m *chaosMachine) check(t *testing.T, c *chaos) {
	text, err := os.ReadFile(m.audit())
	if err != nil {
		t.Errorf("the audit log: %v", err)
		return
	}
	recorded := map[string]bool{}
	for line := range bytes.Lines(text) {
		var entry struct{ Stage, Path string }
		switch err := json.Unmarshal(line, &entry); {
		case err == nil && entry.Stage == "sending":
			recorded[markPattern.FindString(entry.Path)] = true
		case err == nil, len(bytes.TrimSpace(line)) == 0:
		case !m.mounted || !bytes.HasPrefix(line, []byte(`{"time":"`)) && len(line) > len(`{"time":"`):
			t.Errorf("seed %d: a line of the audit log is none: %v: %.300q", c.seed, err, line)
		}
	}
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	for mark, line := range c.ledger.lines {
		if line.method == http.MethodPatch && line.came > 0 && !recorded[mark] {
			t.Errorf("seed %d: the change of %s was sent, and is not in the audit log", c.seed, mark)
		}
	}
}

// briefly is the end of a weather that stops a server itself: all callers may be waiting for it by then, so that it is
// over after a moment whatever they do.
func briefly(ctx context.Context, c *chaos, dice *rand.Rand, undo func() error) (mend func() error) {
	over, calls := make(chan error, 1), 2+dice.IntN(12)
	go func() {
		bounded, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
		defer cancel()
		c.afterCalls(bounded, calls)
		over <- undo()
	}()
	return func() error { return <-over }
}

// foldersGone moves away what an administrator might.
func foldersGone(ctx context.Context, c *chaos, _ *rand.Rand) (func() error, error) {
	m := c.machine
	if !m.disking.TryLock() {
		return nil, errInTrouble
	}
	folders := []string{filepath.Join(m.disk, "log"), filepath.Join(m.disk, "cache")}
	for _, folder := range folders {
		if err := os.Rename(folder, folder+".away"); err != nil {
			c.violated("moving a folder away: %v", err)
		}
	}
	return func() error {
		defer m.disking.Unlock()
		err := os.Rename(folders[0]+".away", folders[0])
		for ctx.Err() == nil { // a cache is made anew, at any moment
			moved := errors.Join(os.RemoveAll(folders[1]), os.Rename(folders[1]+".away", folders[1]))
			if moved == nil {
				break
			}
		}
		return err
	}, nil
}

// configurationBroken spoils the file of the server that reads it anew: with half of it, nothing, garbage, or no file.
func configurationBroken(ctx context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	s := c.hosts[0]
	s.steady.Lock() // nobody starts it now
	good, err := os.ReadFile(s.config)
	if err != nil {
		s.steady.Unlock()
		return nil, err
	}
	kinds := []func() error{
		func() error {
			return os.WriteFile(s.config, []byte(string(good[:dice.IntN(len(good))])+"\n= ["), 0o600)
		},
		func() error { return os.WriteFile(s.config, nil, 0o600) },
		func() error { return os.WriteFile(s.config, []byte("\x00\xff = ["), 0o600) },
		func() error { return os.Remove(s.config) },
		func() error {
			return os.WriteFile(s.config, bytes.Replace(good, []byte("client_secret"), []byte("client_sekret"), 1), 0o600)
		},
		func() error {
			return os.WriteFile(s.config, []byte(strings.ReplaceAll(string(good), `secret"`, `no such secret"`)), 0o600)
		},
	}
	err = kinds[dice.IntN(len(kinds))]()
	askReload(s)
	return briefly(ctx, c, dice, func() error {
		defer s.steady.Unlock()
		err := os.WriteFile(s.config, good, 0o600)
		askReload(s)
		return err
	}), err
}

// storeCrashes ends the store without a word, and starts it again with what it has on its disk.
func storeCrashes(ctx context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	m := c.machine
	if m.store == nil {
		return nil, errNoStore
	}
	if !m.storing.TryLock() {
		return nil, errInTrouble
	}
	m.store.kill()
	return briefly(ctx, c, dice, func() error {
		defer m.storing.Unlock()
		m.store.start(c.hosts[0].t)
		return nil
	}), nil
}
