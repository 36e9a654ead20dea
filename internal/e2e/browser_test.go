package e2e

import (
	"context"
	"os"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// What the test binary is told when it stands in for the browser's starter, in its environment.
const (
	playBrowser    = "E2E_PLAY_BROWSER" // who signs in
	playScreenshot = "E2E_SCREENSHOT"   // where the last page's picture goes
	playPage       = "E2E_PAGE"         // where its text goes
)

// playsBrowser opens a page in a real Chromium and clicks through it, when the test binary was started for that.
func playsBrowser() (code int, played bool) {
	upn := os.Getenv(playBrowser)
	if upn == "" {
		return 0, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	text, err := sandboxtest.Browser(ctx, os.Args[len(os.Args)-1], upn, os.Getenv(playScreenshot))
	if err != nil {
		text = "the browser failed: " + err.Error()
		code = 1
	}
	part := os.Getenv(playPage) + ".part"
	if err := os.WriteFile(part, []byte(text), 0o600); err != nil || os.Rename(part, os.Getenv(playPage)) != nil {
		code = 1
	}
	return code, true
}
