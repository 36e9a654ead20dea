package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

const keyringName = "org.freedesktop.secrets"

// A keyringTrouble lets the keyring of a desktop fail, and returns what mends it.
type keyringTrouble struct {
	name   string
	strike func(d *desktop) (mend func())
}

func keyringTroubles() []keyringTrouble {
	return []keyringTrouble{
		{"it is locked", func(d *desktop) func() {
			d.onBus(func(conn *dbus.Conn) error {
				return conn.Object(keyringName, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0,
					[]dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}).Err
			})
			return d.openKeyring
		}},
		{"it has crashed", func(d *desktop) func() {
			d.signalKeyring(syscall.SIGKILL)
			return d.openKeyring
		}},
		{"the session bus has crashed", func(d *desktop) func() {
			d.logOut()
			return d.reopen
		}},
		{"it does not answer", func(d *desktop) func() {
			d.signalKeyring(syscall.SIGSTOP)
			return func() { d.signalKeyring(syscall.SIGCONT) }
		}},
	}
}

// onBus does something on the session bus.
func (d *desktop) onBus(do func(*dbus.Conn) error) {
	d.t.Helper()
	conn, err := dbus.Connect(d.address)
	if err != nil {
		d.t.Fatalf("connecting to the session bus: %v", err)
	}
	defer conn.Close()
	if err := do(conn); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desktop) signalKeyring(s syscall.Signal) {
	d.t.Helper()
	d.onBus(func(conn *dbus.Conn) error {
		var pid uint32
		if err := conn.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, keyringName).Store(&pid); err != nil {
			return err
		}
		return syscall.Kill(int(pid), s)
	})
}

// reopen starts the session bus at the address where it was, and the keyring.
func (d *desktop) reopen() {
	d.t.Helper()
	address, _, _ := strings.Cut(d.address, ",guid=")
	d.openBus("--address=" + address)
	d.openKeyring()
}

// The keyring of a person fails in each way while two servers renew tokens: calls are answered, or refused with what to
// do, and afterwards all servers, new ones too, go on without anybody signing in again. The authority takes old refresh
// tokens, as Entra does: where it did not, a renewal that the keyring has not taken would be known to one server until
// that one is called again. The flags of the chaos test hold here, too.
func TestChaosOfAKeyring(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64N(1_000_000)
	if *chaosSeed != "" {
		var err error
		if seed, err = strconv.ParseUint(*chaosSeed, 10, 64); err != nil {
			t.Fatalf("-chaos.seed: %v", err)
		}
	}
	for began := time.Now(); ; seed++ {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { playKeyring(t, rand.New(rand.NewPCG(seed, 0))) }) || time.Since(began) >= *chaosFor {
			return
		}
	}
}

func playKeyring(t *testing.T, dice *rand.Rand) {
	tenant := sandboxtest.Start(t, sandbox.Options{TokenLifetime: 2 * time.Second})
	d := signedIn(t, tenant)
	asked := tenant.Count(sandbox.Login, "/devicecode")
	servers := []*process{d.run(nil, "stdio"), d.run(nil, "stdio")}
	for _, p := range servers {
		p.send(t, initializeFrame)
		p.until(t, within(t))
	}
	rounds, troubles := 1, keyringTroubles()
	if *chaosFor > 0 {
		rounds = 6
	} else {
		troubles = troubles[:len(troubles)-1] // each call that is not answered takes 5 s
	}
	for range rounds {
		trouble := troubles[dice.IntN(len(troubles))]
		t.Log(trouble.name)
		renewals := tenant.Count(sandbox.Login, "/token")
		if dice.IntN(2) == 0 { // in the middle of a renewal
			for ctx := within(t); tenant.Count(sandbox.Login, "/token") == renewals && ctx.Err() == nil; {
				servers[dice.IntN(2)].tries(t)
			}
		}
		mend := trouble.strike(d)
		refused := 0
		for range 2 + dice.IntN(3) {
			rest(t.Context())
			for _, p := range servers {
				if said := p.tries(t); said != "" {
					refused++
				}
			}
		}
		mend()
		fresh := d.run(nil, "stdio")
		fresh.send(t, initializeFrame)
		for _, p := range append(servers, fresh) {
			p.until(t, within(t))
		}
		t.Logf("%d calls were refused", refused)
		servers[dice.IntN(2)] = fresh // and one that was there goes, as processes do
	}
	if n := tenant.Count(sandbox.Login, "/devicecode"); n != asked {
		t.Errorf("somebody was asked to sign in again, %d times", n-asked)
	}
	d.checkSecrecy(tenant.Secrets())
}

// tries makes a call, and returns the refusal; "" where there was none.
func (p *process) tries(t *testing.T) (refusal string) {
	t.Helper()
	p.stdout.mu.Lock()
	id := 1000 + len(p.stdout.lines)
	p.stdout.mu.Unlock()
	got := p.who(t, id, "", "/me")
	if !got.IsError {
		return ""
	}
	if !strings.Contains(got.text(), "What to do: ") || foreignWords.MatchString(got.text()) {
		t.Errorf("a call is refused with words that help nobody: %s", got.text())
	}
	return got.text()
}

// until calls until a call is answered.
func (p *process) until(t *testing.T, ctx context.Context) {
	t.Helper()
	for {
		refusal := p.tries(t)
		if refusal == "" {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("it stays so: %s", refusal)
		}
		rest(ctx)
	}
}
