package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// store is what the replicas of a server share.
type store interface {
	mcp.Shared
	Ping(ctx context.Context) error
	Close() error
}

// alone is c for a server that shares nothing.
func alone(c mcp.Config) mcp.Config {
	c.Shared, c.Sealer = state.NewMemory(), state.RandomSealer()
	return c
}

// openState returns what a server shares with its replicas; a server of its own has it in memory. Nothing is connected
// to yet.
func (o *options) openState(_ context.Context, c *profile.Config) (store, error) {
	if c.State.URL == "" {
		return state.NewMemory(), nil
	}
	config := state.RedisConfig{URL: c.State.URL, Username: c.State.Username, CAFile: c.State.CAFile, Prefix: c.State.Prefix}
	if source := o.source(profile.Profile{}, c.State.Password, "state/password"); source != nil {
		config.Password = func(ctx context.Context) (string, error) {
			text, err := source.Read(ctx)
			return text.Reveal(), err
		}
	}
	shared, err := state.NewRedis(config)
	if err != nil {
		return nil, &usageError{c.Errorf("state", "", "%s", err)}
	}
	return shared, nil
}

// sealer reads the keys with which what is shared is sealed. Without one, a random one seals what no other replica and
// no later start of this one will open.
func (o *options) sealer(ctx context.Context, c *profile.Config) (*state.Sealer, error) {
	if c.State.Key.IsZero() {
		return state.RandomSealer(), nil
	}
	var keys [][]byte
	for i, s := range append([]profile.Secret{c.State.Key}, c.State.OldKeys...) {
		name := "state.key"
		if i > 0 {
			name = fmt.Sprintf("state.old_keys[%d]", i-1)
		}
		text, err := o.source(profile.Profile{}, s, name).Read(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		key, err := sealingKey(text)
		if err != nil {
			return nil, &usageError{c.Errorf(name, "make one with: openssl rand -base64 32", "%s", err)}
		}
		keys = append(keys, key)
	}
	return state.NewSealer(keys...)
}

func sealingKey(text secret.Text) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text.Reveal()))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("is not 32 bytes in base64")
	}
	return key, nil
}
