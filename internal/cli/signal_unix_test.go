//go:build unix

package cli

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
)

// What a signal ends is told from what has failed by context.Canceled. Not parallel: the signal is to the whole process.
func TestASignalCancels(t *testing.T) {
	ctx, stop := untilSignalled(t.Context())
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		t.Errorf("the cause is %v, want context.Canceled", cause)
	}
}
