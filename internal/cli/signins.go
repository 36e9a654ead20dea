package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// signInKey returns under which key a profile's sign-in rests. The name alone would not do: two files may each have a
// profile of that name, a client may start us with variables of its own, a tenant may be edited, and none of them
// should sign the others out.
func signInKey(p profile.Profile) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join([]string{p.Cloud.Authority, p.TenantID, p.ClientID, p.Account}, "\n"))))
	return secret.SignInKey(p.Name, hex.EncodeToString(sum[:6]))
}

// vault returns the vault that v names. All profiles share one keyring. It is handed on as it is, so that it can do
// several things at once (secret.Chunked).
func (o *options) vault(v profile.Vault) secret.Vault {
	if v.File == "" {
		return o.keyring()
	}
	return o.sealed.get(v, func() secret.Vault {
		return secret.SealedFile(v.File, secret.Once(o.source(profile.Profile{Vault: v}, v.Key, "")))
	})
}

// sealedFiles are those that this process uses, each made once: its key may come from a slow command, and is needed
// at every look at a sign-in.
type sealedFiles struct {
	mu   sync.Mutex
	made map[string]secret.Vault // guarded by mu
}

func (s *sealedFiles) get(v profile.Vault, make func() secret.Vault) secret.Vault {
	k := v.Key
	id := fmt.Sprintf("%q %q %q %q %q", v.File, k.Env, k.File, k.Command, k.Systemd)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made[id] == nil {
		s.made[id] = make()
	}
	return s.made[id]
}

// signIns returns the people's sign-ins that rest in a vault. The list of them finds those whose profile was renamed,
// edited or removed since.
func (o *options) signIns(v profile.Vault) *secret.Index {
	return secret.Indexed(secret.Chunked(o.vault(v)), secret.NewLock(secret.LockDir(o.env.Getenv), "sign-ins "+v.File))
}

// signInLock returns what the processes of one sign-in take turns by.
func (o *options) signInLock(v profile.Vault, key string) *secret.Lock {
	return secret.NewLock(secret.LockDir(o.env.Getenv), key+" "+v.File)
}

// dropWait bounds the wait for a process that is renewing the sign-in that is to be deleted.
const dropWait = 20 * time.Second

// dropSignIn deletes a sign-in. Nobody there is secret.ErrNotFound.
func (o *options) dropSignIn(ctx context.Context, v profile.Vault, key string) error {
	bounded, cancel := context.WithTimeout(ctx, dropWait)
	defer cancel()
	if release, err := o.signInLock(v, key).Acquire(bounded); err == nil { // else without: see secret.Lock
		defer release()
	}
	return o.signIns(v).Delete(ctx, key)
}
