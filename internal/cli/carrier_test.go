package cli

import (
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
)

// What a configuration had opened goes with it: connections would pile up where one is reloaded often.
func TestClosingLeavesNoConnection(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{}, 1)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	carrier, err := transportFor(ca)
	if err != nil {
		t.Fatal(err)
	}
	unused, err := transportFor(ca)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: carrier}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	log := slog.New(slog.DiscardHandler)
	(&assembly{config: mcp.Config{Log: log}, known: inMemory(log), carriers: []http.RoundTripper{carrier, unused}}).close()
	select {
	case <-closed:
	case <-t.Context().Done():
		t.Fatal("the connection stays")
	}
}
