package vaulttest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(*testing.T) secret.Vault { return new(vaulttest.Memory) })
}

func TestMemorySwitches(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		state vaulttest.State
		want  error
	}{
		{vaulttest.Locked, secret.ErrLocked},
		{vaulttest.Unavailable, secret.ErrUnavailable},
		{vaulttest.Open, secret.ErrNotFound},
	} {
		m := new(vaulttest.Memory)
		m.Switch(row.state)
		_, err := m.Get(t.Context(), "absent")
		if !errors.Is(err, row.want) {
			t.Errorf("state %d: got error %v, want %v", row.state, err, row.want)
		}
	}
}

func TestMemoryHangsUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := new(vaulttest.Memory)
		m.Switch(vaulttest.Hanging)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Put(ctx, "key", secret.NewText("never")) }()
		synctest.Wait()
		m.Switch(vaulttest.Open) // must not wait for the call that hangs
		select {
		case err := <-done:
			t.Errorf("it did not hang: %v", err)
		default:
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
		if _, err := m.Get(t.Context(), "key"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("after it: got error %v, want %v", err, secret.ErrNotFound)
		}
	})
}
