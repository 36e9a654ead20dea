package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A client that asks for notifications is always told which it will get, before the answer. The protocol library
// loses what is sent last now and then, which is why one request proves nothing.
func TestSubscriptionAcknowledged(t *testing.T) {
	t.Parallel()
	_, _, url, key := startHTTP(t)
	header := withKey(key, "Mcp-Protocol-Version", modernRevision, "Mcp-Method", "subscriptions/listen")
	const requests = 200
	lost := 0
	for i := range requests {
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"subscriptions/listen","params":{"notifications":{},`+
			`"_meta":{"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientCapabilities":{}}}}`, i+1, modernRevision)
		res, text := ask(t, http.MethodPost, url, body, header)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("request %d: %s %s", i, res.Status, text)
		}
		if !strings.Contains(text, "notifications/subscriptions/acknowledged") {
			lost++
		}
	}
	if lost != 0 {
		t.Errorf("%d of %d subscriptions were not acknowledged", lost, requests)
	}
}
