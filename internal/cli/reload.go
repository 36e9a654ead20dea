package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"os/signal"
	"reflect"
	"syscall"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// lookAtFile is how often the configuration file is looked at. Its content counts, not its times: a mounted one is
// replaced by renaming folders, and may be older than the last.
const lookAtFile = 2 * time.Second

// hangUps returns where SIGHUP arrives. From now on it asks for a reload and does not end the process.
func hangUps() (asked chan os.Signal, stop func()) {
	asked = make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	return asked, func() { signal.Stop(asked) }
}

// watch reloads the configuration when its file changes, and when it is asked to, until ctx ends.
func (s *httpServer) watch(ctx context.Context, asked <-chan os.Signal) {
	look := time.NewTicker(lookAtFile)
	defer look.Stop()
	seen := s.config.Digest // of what was read: somebody may have changed the file since
	for {
		byHand := false
		select {
		case <-ctx.Done():
			return
		case <-asked:
			byHand = true
		case <-look.C:
		}
		now := contentOf(s.config.File) // that of no file is what seen is without one
		if now == seen && !byHand {
			continue
		}
		seen = now
		if err := s.reload(); err != nil {
			s.log.Error("the configuration was not reloaded; the last good one stays", "error", err, "hint", hintOf(err))
			continue
		}
		seen = s.config.Digest
		s.log.Info("configuration reloaded", "file", s.config.File)
	}
}

// contentOf returns a file's hash, the zero one while it cannot be read: somebody may be replacing it.
func contentOf(name string) (sum [sha256.Size]byte) {
	text, err := os.ReadFile(name)
	if err != nil {
		return sum
	}
	return sha256.Sum256(text)
}

// reload reads the configuration and takes it over whole, or not at all. Calls that run end with what they began with.
func (s *httpServer) reload() error {
	c, err := s.load()
	if err != nil {
		return err
	}
	if err := c.HTTP.CheckListen(s.listen); err != nil { // the address stays, and may be open to all
		return err
	}
	made, err := s.assemble(c)
	if err != nil {
		return err
	}
	idle, err := s.handler.Reload(s.handlerConfig(c, made))
	if err != nil {
		made.close()
		return err
	}
	door.KeepMemory(s.maxMemory(c.HTTP))
	for _, key := range needRestart(s.config, c) {
		s.log.Warn("changed, and taken over with the next start only", "key", key)
	}
	before := s.served
	s.served, s.config = made, c
	s.background.Go(func() { // calls end with the server at the latest
		<-idle
		before.close()
	})
	return nil
}

// needRestart names what is different and was made at the start for good.
func needRestart(before, now *profile.Config) []string {
	var keys []string
	for _, k := range []struct {
		key     string
		differs bool
	}{
		{"http.listen", before.HTTP.Listen != now.HTTP.Listen},
		{"http.metrics_listen", before.HTTP.MetricsListen != now.HTTP.MetricsListen},
		{"http.max_connections", before.HTTP.MaxConnections != now.HTTP.MaxConnections},
		{"http.tls", before.HTTP.TLS != now.HTTP.TLS},
		{"state", !reflect.DeepEqual(before.State, now.State)},
	} {
		if k.differs {
			keys = append(keys, k.key)
		}
	}
	return keys
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
