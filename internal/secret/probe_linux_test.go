package secret

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A bus that takes the connection and says nothing is another trouble than one
// that is not there or lets nobody in.
func TestProbeOfASilentBus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r := probe(ctx)
	if r.refusal != ErrUnavailable || r.cause == nil || !strings.Contains(r.cause.Error(), "gave no answer") || strings.Contains(r.hint, "let us in") {
		t.Errorf("got %v with the hint %q", r.cause, r.hint)
	}
}
