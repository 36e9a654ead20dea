package secret_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
	"github.com/zalando/go-keyring"
)

// narrowRing stands in for a keyring of Windows or macOS, with its limits; and
// it takes text alone, as other Secret Services and their tools do.
type narrowRing struct {
	mu    sync.Mutex
	items map[string]string
	// stored returns what the system keeps of a secret, or "" where it refuses it.
	stored func(service, user, password string) string
	// given returns what comes back of it.
	given func(stored string) string
}

func (r *narrowRing) Get(service, user string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.items[service+":"+user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return r.given(s), nil
}

func (r *narrowRing) Set(service, user, password string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stored(service, user, password)
	if s == "" || !utf8.ValidString(password) {
		return keyring.ErrSetDataTooBig
	}
	r.items[service+":"+user] = s
	return nil
}

func (r *narrowRing) Delete(service, user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.items[service+":"+user]; !ok {
		return keyring.ErrNotFound
	}
	delete(r.items, service+":"+user)
	return nil
}

// windowsRing is the Credential Manager: 2,560 bytes, and 512 for the service.
func windowsRing() *narrowRing {
	return &narrowRing{
		items: map[string]string{},
		stored: func(service, _, password string) string {
			if len(password) > 2560 || len(service) >= 512 {
				return ""
			}
			return password
		},
		given: func(s string) string { return s },
	}
}

// macRing is the Keychain: the secret goes in base64 through a line of at most
// 4,096 bytes, and comes back as a line of a program's output.
func macRing() *narrowRing {
	const prefix = "go-keyring-base64:"
	return &narrowRing{
		items: map[string]string{},
		stored: func(service, user, password string) string {
			encoded := prefix + base64.StdEncoding.EncodeToString([]byte(password))
			line := fmt.Sprintf("add-generic-password -U -s %s -a '%s' -w %s\n", service, user, encoded)
			if len(line) > 4096 || strings.Count(line, "\n") != 1 {
				return ""
			}
			return encoded
		},
		given: func(s string) string {
			raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(s), prefix))
			if err != nil {
				return ""
			}
			return string(raw)
		},
	}
}

func TestNarrowKeyringsKeepTheContract(t *testing.T) {
	t.Parallel()
	for name, ring := range map[string]func() *narrowRing{"Windows": windowsRing, "macOS": macRing} {
		open := func(t *testing.T) secret.Vault {
			r := ring()
			t.Cleanup(func() {
				if len(r.items) > 0 {
					t.Errorf("everything was deleted, and %d items are left", len(r.items))
				}
			})
			vault, _ := secret.KeyringOver(r)
			return vault
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vaulttest.Run(t, open)
		})
		t.Run(name+", chunked", func(t *testing.T) {
			t.Parallel()
			vaulttest.RunLarge(t, func(t *testing.T) secret.Vault { return secret.Chunked(open(t)) })
		})
	}
}

// The fakes are narrow: what the chunks are for does not fit in one item.
func TestNarrowKeyringsAreNarrow(t *testing.T) {
	t.Parallel()
	for name, ring := range map[string]*narrowRing{"Windows": windowsRing(), "macOS": macRing()} {
		if err := ring.Set("service", "user", strings.Repeat("x", 3100)); err == nil {
			t.Errorf("%s took 3,100 bytes", name)
		}
		if err := ring.Set("service", "user", strings.Repeat("x", secret.MaxStored)); err != nil {
			t.Errorf("%s refused %d bytes: %v", name, secret.MaxStored, err)
		}
	}
}

// A probe is a connection to the bus, and more: one does for a record.
func TestChunkedProbesTheKeyringOncePerCall(t *testing.T) {
	t.Parallel()
	inner, probes := secret.KeyringOver(windowsRing())
	vault := secret.Chunked(inner)
	mustPut(t, vault, "k", body("x", 9000))
	if got, err := vault.Get(t.Context(), "k"); err != nil || !whole(got.Reveal()) {
		t.Errorf("Get: a mixture, or error %v", err)
	}
	if err := vault.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if got := probes.Load(); got != 3 {
		t.Errorf("got %d probes for three calls, want 3", got)
	}
}
