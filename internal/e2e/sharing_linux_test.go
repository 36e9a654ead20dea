package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// signedIn is a machine on which somebody has signed in to the profile contoso, by a code.
func signedIn(t *testing.T, tenant *sandbox.Tenant) *desktop {
	t.Helper()
	tenant.SetDeviceInterval(time.Second)
	d := newDesktop(t)
	d.addPerson("contoso", tenant)
	login := d.run(nil, "login", "contoso", "--device-code")
	code := codePattern.FindStringSubmatch(login.stderr.wait(t, "code", codePattern.MatchString))[1]
	address := addressPattern.FindStringSubmatch(login.stderr.wait(t, "address", addressPattern.MatchString))[1]
	sandboxtest.EnterCode(t, tenant, address, code, sandbox.MemberUPN)
	if code := login.exitCode(t); code != 0 {
		t.Fatalf("login: exit code %d\n%s", code, login.stderr)
	}
	return d
}

// Eight processes of one profile, at an authority whose refresh tokens are good once and whose access tokens expire
// within a second or two: no call fails, no refresh token is used twice, and the processes together renew as often as
// one would.
func TestEightProcessesShareASignIn(t *testing.T) {
	t.Parallel()
	const processes, enough = 8, 8
	tenant := sandboxtest.Start(t, sandbox.Options{TokenLifetime: 2 * time.Second})
	tenant.SetRefreshRotation(sandbox.RefreshTokensOnce)
	d := signedIn(t, tenant)
	began, before := time.Now(), tenant.Count(sandbox.Login, "/token")
	renewals := func() int { return tenant.Count(sandbox.Login, "/token") - before }

	ctx := within(t)
	var calls sync.WaitGroup
	var mu sync.Mutex
	answered := 0
	for range processes {
		p := d.run(nil, "stdio")
		p.send(t, initializeFrame)
		calls.Go(func() {
			for id := 10; renewals() < enough && ctx.Err() == nil; id++ {
				if err := p.me(ctx, id); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				answered++
				mu.Unlock()
			}
		})
	}
	calls.Wait()
	if ctx.Err() != nil {
		t.Fatalf("%d renewals in all the time there is", renewals())
	}
	if n := tenant.RefusedRefreshes(); n != 0 {
		t.Errorf("%d used refresh tokens were sent again", n)
	}
	// The authority says one second (it gives two), of which a tenth is kept in reserve, and another to renew ahead.
	if got, most := renewals(), int(time.Since(began)/(800*time.Millisecond))+1; got > most {
		t.Errorf("%d renewals, more than the %d that one process would need", got, most)
	}
	t.Logf("%d calls, %d renewals in %s", answered, renewals(), time.Since(began).Round(time.Millisecond))
	d.checkSecrecy(tenant.Secrets())
}

// me asks for /me and returns why that failed. Unlike others it may be called from any goroutine.
func (p *process) me(ctx context.Context, id int) error {
	frame := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/me"}}}`+"\n", id)
	if _, err := io.WriteString(p.stdin, frame); err != nil {
		return err
	}
	for {
		p.stdout.mu.Lock()
		lines, changed, ended := p.stdout.lines, p.stdout.changed, p.stdout.ended
		p.stdout.mu.Unlock()
		for i := len(lines) - 1; i >= 0 && i >= len(lines)-4; i-- {
			var r response
			if json.Unmarshal([]byte(lines[i]), &r) != nil || string(r.ID) != fmt.Sprint(id) {
				continue
			}
			var got toolResult
			if err := json.Unmarshal(r.Result, &got); err != nil || got.IsError || !strings.Contains(got.text(), sandbox.MemberUPN) {
				return fmt.Errorf("call %d: %s", id, lines[i])
			}
			return nil
		}
		if ended {
			return fmt.Errorf("the server ended: %s", p.stderr)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("call %d: %w", id, ctx.Err())
		}
	}
}

// Killed in the middle of storing a renewal, again and again, servers lose nothing: the next one is signed in.
func TestKilledWhileStoring(t *testing.T) {
	t.Parallel()
	const kills = 25
	tenant := sandboxtest.Start(t, sandbox.Options{})
	d := signedIn(t, tenant)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range kills {
		tenant.RevokeTokens() // so that there has to be a renewal
		p := d.run(nil, "stdio")
		p.send(t, initializeFrame, callFrame(t, 2, "/me"))
		p.stderr.wait(t, "renewal", func(line string) bool { return strings.Contains(line, "token request") })
		<-time.After(time.Duration(random.IntN(60)) * time.Millisecond)
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	d.restart()
	d.serves("contoso", "/me", sandbox.MemberUPN)
	d.done("", "logout", "contoso")
	d.checkForgotten()
	d.checkSecrecy(tenant.Secrets())
}
