package mcp

import (
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// A letter counts for its session's owner alone, and only where a replica has sealed it.
func TestLetters(t *testing.T) {
	t.Parallel()
	sealer := state.RandomSealer()
	s := newSessions(state.NewMemory(), sealer, slog.New(slog.DiscardHandler))
	n, err := s.open(t.Context(), "ada", mcp.InitializeParams{})
	if err != nil {
		t.Fatal(err)
	}
	n.learning.Unlock()
	sum := sha256.Sum256([]byte(n.id))
	letterOf := func(owner string) string {
		return `{"kind":"ended","owner":"` + owner + `","session":"` + base64.StdEncoding.EncodeToString(sum[:]) + `"}`
	}
	for name, sealed := range map[string][]byte{
		"another owner":   sealer.Seal(mailPurpose, []byte(letterOf("eve")), []byte(mailChannel)),
		"another purpose": sealer.Seal("ticket", []byte(letterOf("ada")), []byte(mailChannel)),
		"another channel": sealer.Seal(mailPurpose, []byte(letterOf("ada")), []byte("other")),
		"another sealer":  state.RandomSealer().Seal(mailPurpose, []byte(letterOf("ada")), []byte(mailChannel)),
		"no seal":         []byte(letterOf("ada")),
		"nothing":         nil,
		"no letter":       sealer.Seal(mailPurpose, []byte("{"), []byte(mailChannel)),
		"no session":      sealer.Seal(mailPurpose, []byte(`{"kind":"ended","owner":"ada"}`), []byte(mailChannel)),
	} {
		if s.take(sealed); !s.holds(n.id, "ada") {
			t.Fatalf("a letter of %s ended the session", name)
		}
	}
	if s.take(sealer.Seal(mailPurpose, []byte(letterOf("ada")), []byte(mailChannel))); s.holds(n.id, "ada") {
		t.Error("a letter of a replica did not end it")
	}
}

// A client's greeting takes little room, however long it is.
func TestGreetingIsCut(t *testing.T) {
	t.Parallel()
	long := make([]byte, 1<<16)
	for i := range long {
		long[i] = "é"[i%2]
	}
	p := greetingIn([]byte(`{"params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{"url":{}},"experimental":{"x":{"y":"` + string(long) + `"}}},"clientInfo":{"name":"` + string(long) + `","version":"1"}}}`))
	if len(p.ClientInfo.Name) > helloLength || len(p.ClientInfo.Name) < helloLength-1 || p.ProtocolVersion != "2025-11-25" || p.Capabilities.Elicitation == nil || p.Capabilities.Elicitation.URL == nil || p.Capabilities.Experimental != nil {
		t.Errorf("got %+v", p)
	}
}
