package sandboxtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Eye is a real browser that looks at pages as people of all kinds do, and says what would trouble them. It reaches
// loopback and nothing else.
type Eye struct {
	ctx context.Context

	mu    sync.Mutex
	heard []string // what the console said, and which hosts were asked; guarded by mu
	hosts map[string]bool
}

// Way is how a page is looked at.
type Way struct {
	Dark   bool
	Narrow bool // a telephone
}

// Ways are all of them.
func Ways() []Way { return []Way{{}, {Dark: true}, {Narrow: true}, {Dark: true, Narrow: true}} }

// String names the way, for files.
func (w Way) String() string {
	width, light := "wide", "light"
	if w.Narrow {
		width = "narrow"
	}
	if w.Dark {
		light = "dark"
	}
	return width + "-" + light
}

//go:embed eye.js
var examination string

// OpenEye starts a browser for a test, which it skips where there is none.
func OpenEye(t *testing.T) *Eye {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium in PATH")
	}
	ctx, stop := context.WithTimeout(t.Context(), longestShow)
	ctx, end := chromedp.NewExecAllocator(ctx, browserFlags()...)
	ctx, endTab := chromedp.NewContext(ctx)
	t.Cleanup(func() { endTab(); end(); stop() })
	e := &Eye{ctx: ctx, hosts: map[string]bool{}}
	if err := chromedp.Listen(ctx, e.hear); err != nil {
		t.Fatalf("opening the browser: %v", err)
	}
	return e
}

// hear notes what a page says to the console, and whom it asks.
func (e *Eye) hear(event any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch event := event.(type) {
	case *log.EventEntryAdded:
		e.heard = append(e.heard, fmt.Sprintf("%s: %s %s", event.Entry.Level, event.Entry.Text, event.Entry.URL))
	case *runtime.EventExceptionThrown:
		e.heard = append(e.heard, "exception: "+event.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		e.heard = append(e.heard, "console: "+string(event.Type))
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(event.Request.URL); err == nil {
			e.hosts[u.Host] = true
		}
	}
}

// Visit opens an address. A page that fails to load ends the test; what it answers is no failure.
func (e *Eye) Visit(t *testing.T, address string) {
	t.Helper()
	if err := chromedp.Do(e.ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("opening %s: %v", address, err)
	}
}

// Click clicks on what a selector finds, and waits for the page that comes.
func (e *Eye) Click(t *testing.T, selector string) {
	t.Helper()
	if _, err := chromedp.Run(e.ctx, chromedp.Evaluate[bool](`document.documentElement.dataset.clicked = "1", true`)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(e.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		t.Fatalf("clicking on %s: %v", selector, err)
	}
	e.Until(t, `document.readyState === "complete" && document.documentElement.dataset.clicked !== "1"`)
}

// Until waits until an expression is true on the page.
func (e *Eye) Until(t *testing.T, expression string) {
	t.Helper()
	for e.ctx.Err() == nil {
		if is, err := chromedp.Run(e.ctx, chromedp.Evaluate[bool](expression)); err == nil && is {
			return
		}
		time.Sleep(lookAround)
	}
	t.Fatalf("%s does not come true", expression)
}

// Text returns what is to be read on the page.
func (e *Eye) Text(t *testing.T) string {
	t.Helper()
	text, err := chromedp.Run(e.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Type types into what a selector finds.
func (e *Eye) Type(t *testing.T, selector, text string) {
	t.Helper()
	if err := chromedp.Do(e.ctx, chromedp.SendKeys(chromedp.CSS(selector), text)); err != nil {
		t.Fatalf("typing into %s: %v", selector, err)
	}
}

// Examine looks at the page that is open in every way, tells the test what would trouble somebody, and keeps pictures
// in the folder that the variable SCREENSHOTS names, if it does.
func (e *Eye) Examine(t *testing.T, name string) {
	t.Helper()
	for _, trouble := range e.Troubles(t, name) {
		t.Errorf("%s: %s", name, trouble)
	}
}

// Troubles does what Examine does, and returns what it has found.
func (e *Eye) Troubles(t *testing.T, name string) (troubles []string) {
	t.Helper()
	for _, way := range Ways() {
		e.dress(t, way)
		for _, trouble := range e.troubles(t) {
			troubles = append(troubles, way.String()+": "+trouble)
		}
		e.picture(t, name+"-"+way.String())
	}
	troubles = append(troubles, e.tab(t)...)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, said := range e.heard {
		troubles = append(troubles, "the console has "+said)
	}
	e.heard = nil
	return troubles
}

// Hosts returns the hosts that were asked for anything so far.
func (e *Eye) Hosts() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []string
	for host := range e.hosts {
		all = append(all, host)
	}
	return all
}

// dress has the browser be what a way says, for somebody who wants no motion.
func (e *Eye) dress(t *testing.T, way Way) {
	t.Helper()
	width, height, scheme := int64(1200), int64(800), "light"
	if way.Narrow {
		width, height = 360, 740
	}
	if way.Dark {
		scheme = "dark"
	}
	media := func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}
	if err := chromedp.Do(e.ctx, chromedp.EmulateViewport(width, height), chromedp.Func(media)); err != nil {
		t.Fatal(err)
	}
}

// troubles examines the page as it stands.
func (e *Eye) troubles(t *testing.T) []string {
	t.Helper()
	found, err := chromedp.Run(e.ctx, chromedp.Evaluate[string]("JSON.stringify(("+examination+")())"))
	if err != nil {
		t.Fatalf("examining the page: %v", err)
	}
	var all []string
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// focused says which of the places for the focus has it, of all in the order in which they are read, and whether that
// can be seen.
const focused = `(() => {
	const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e => e.checkVisibility());
	const style = getComputedStyle(document.activeElement);
	return JSON.stringify({At: all.indexOf(document.activeElement), All: all.length, Seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2});
})()`

// tab goes through the page by the key Tab.
func (e *Eye) tab(t *testing.T) (troubles []string) {
	t.Helper()
	e.dress(t, Way{})
	if _, err := chromedp.Run(e.ctx, chromedp.Evaluate[bool]("document.activeElement.blur(), getSelection().removeAllRanges(), true")); err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		if err := chromedp.Do(e.ctx, chromedp.KeyEvent("\t")); err != nil {
			t.Fatal(err)
		}
		found, err := chromedp.Run(e.ctx, chromedp.Evaluate[string](focused))
		if err != nil {
			t.Fatal(err)
		}
		var now struct {
			At, All int
			Seen    bool
		}
		if err := json.Unmarshal([]byte(found), &now); err != nil {
			t.Fatal(err)
		}
		if i >= now.All {
			return troubles
		}
		if now.At != i {
			return append(troubles, fmt.Sprintf("the focus goes to place %d after %d times Tab, of %d", now.At+1, i+1, now.All))
		}
		if !now.Seen {
			troubles = append(troubles, fmt.Sprintf("the focus cannot be seen at place %d", i+1))
		}
	}
}

// picture keeps a picture of the whole page, where pictures are wanted.
func (e *Eye) picture(t *testing.T, name string) {
	t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(e.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("taking a picture: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Clear forgets what the console has said, as where a page that is refused is asked for on purpose.
func (e *Eye) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = nil
}
