package rewrite

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/turn"
)

// lockWait is how long Put waits for another process that is writing, which
// takes milliseconds.
const lockWait = 10 * time.Second

// lock keeps other processes of ours from writing the same file. The lock is a file of
// its own, as the one it guards is replaced.
func lock(path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	unlock, err = turn.Take(ctx, filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), nil)
	if errors.Is(err, errors.ErrUnsupported) {
		return func() {}, nil // a network folder without locks; the comparison remains
	}
	return unlock, err
}
