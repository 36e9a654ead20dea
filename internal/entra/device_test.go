package entra

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// beginDevice starts a sign-in with a code.
func (s *someone) beginDevice() *SignIn {
	s.t.Helper()
	in, err := s.SignIn(s.t.Context(), DeviceCode)
	if err != nil {
		s.t.Fatal(err)
	}
	return in
}

func TestDeviceCode(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.SetDeviceInterval(0)
	s := nobody(t, tenant, nil)
	in := s.beginDevice()
	if in.UserCode == "" || !strings.HasPrefix(in.URL, "https://") {
		t.Fatalf("got %q, %q", in.URL, in.UserCode)
	}
	sandboxtest.EnterCode(t, tenant, in.URL, in.UserCode, sandbox.MemberUPN)
	if err := in.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.clock.advance(2 * time.Hour)
	s.token(s.again(), s.graph())
	if _, account := s.Who(); account != sandbox.MemberUPN {
		t.Errorf("got %s", account)
	}
}

func TestDeviceCodeThatFails(t *testing.T) {
	t.Parallel()
	t.Run("declined", func(t *testing.T) {
		t.Parallel()
		tenant := sandboxtest.Start(t, sandbox.Options{})
		tenant.SetDeviceInterval(0)
		s := nobody(t, tenant, nil)
		in := s.beginDevice()
		sandboxtest.EnterCode(t, tenant, in.URL, in.UserCode, sandbox.MemberUPN, sandboxtest.Decline)
		if e := s.outcome(in); !strings.Contains(e.Error(), "declined") || !e.SignInNeeded() {
			t.Errorf("got %v", e)
		}
	})
	t.Run("another account", func(t *testing.T) {
		t.Parallel()
		tenant := sandboxtest.Start(t, sandbox.Options{})
		tenant.SetDeviceInterval(0)
		s := nobody(t, tenant, func(_ *Config, p *Person) { p.Account = sandbox.AdminUPN })
		in := s.beginDevice()
		sandboxtest.EnterCode(t, tenant, in.URL, in.UserCode, sandbox.MemberUPN)
		if e := s.outcome(in); !strings.Contains(e.Error(), "takes "+sandbox.AdminUPN+" alone") {
			t.Errorf("got %v", e)
		}
		if keys := s.vault.Keys(); len(keys) != 0 {
			t.Errorf("something is kept: %v", keys)
		}
	})
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		tenant := sandboxtest.Start(t, sandbox.Options{})
		tenant.SetDeviceInterval(0)
		tenant.SetDeviceCodeLifetime(time.Second)
		s := nobody(t, tenant, nil)
		if e := s.outcome(s.beginDevice()); !strings.Contains(e.Error(), "nobody finished the sign-in") {
			t.Errorf("got %v", e)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		s := nobody(t, shared, nil)
		in := s.beginDevice()
		in.Cancel()
		if e := s.outcome(in); !strings.Contains(e.Error(), "was cancelled") {
			t.Errorf("got %v", e)
		}
	})
	t.Run("not allowed for the app", func(t *testing.T) {
		t.Parallel()
		tenant := sandboxtest.Start(t, sandbox.Options{})
		tenant.SetDeviceInterval(0)
		s := nobody(t, tenant, func(c *Config, _ *Person) { c.ClientID = sandbox.KioskClientID })
		in, err := s.SignIn(t.Context(), DeviceCode)
		if err == nil {
			sandboxtest.EnterCode(t, tenant, in.URL, in.UserCode, sandbox.MemberUPN)
			err = in.Wait(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), "AADSTS7000218") {
			t.Errorf("got %v", err)
		}
	})
}

// The polls keep the pace that the authority asks for, and slow down when told to.
func TestDevicePace(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	s := nobody(t, tenant, nil)
	waited := &waits{}
	polled := make(chan struct{})
	s.User.sleep = func(ctx context.Context, d time.Duration) error {
		err := waited.sleep(ctx, d)
		select {
		case polled <- struct{}{}:
		case <-ctx.Done():
		}
		return err
	}
	tenant.SetDeviceInterval(7 * time.Second)
	in := s.beginDevice() // nothing sleeps, so the authority is asked at once, and says slow_down
	for range 3 {
		<-polled
	}
	in.Cancel()
	s.outcome(in)
	waited.mu.Lock()
	defer waited.mu.Unlock()
	if first, third := waited.got[0], waited.got[2]; first != 7*time.Second || third <= 7*time.Second {
		t.Errorf("waited %v, want 7 s and then longer", waited.got)
	}
}
