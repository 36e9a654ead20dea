package entra

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// What answers in Entra's place, such as a proxy's page, may be gone the next moment: nobody has to change anything first.
func TestStrangeAnswersAreForgottenSoon(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"a page":    {Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>sign in"},
		"expired":   {Body: `{"access_token":"leaky","expires_in":-5}`},
		"too large": {Body: strings.Repeat("x", 2<<20)},
		"redirect":  {Status: 307, Header: http.Header{"Location": {"https://evil.example/"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil)
			fault.Times = 1
			f.inject(fault)
			f.fail(f.graph())
			f.clock.advance(memoryOfTransient)
			f.get()
			f.wantRequests(2)
		})
	}
}
