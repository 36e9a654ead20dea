package sandboxtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	lookAround  = 25 * time.Millisecond // how long a page is left alone between two looks at it
	longestShow = 2 * time.Minute       // a page that never loads shall not hold up whoever calls
)

// Browser drives a real, headless Chromium, which has to be in PATH: it opens a URL, clicks the account with the name
// upn and Accept wherever a page of the tenant's shows them, and returns the visible text of the page on which that
// ends, with a PNG image of it in a file where screenshotPath names one. A device's code is entered, too, where the URL
// brings it in its parameter otc. A refusal is clicked in place of these where a page has it.
//
// It reaches loopback and nothing else, trusts every certificate, and leaves no profile behind. It takes no
// testing.TB, so that it can be what a stand-in for xdg-open calls.
func Browser(ctx context.Context, url, upn, screenshotPath string, refuse ...Refuse) (text string, err error) {
	ctx, stop := context.WithTimeout(ctx, longestShow)
	defer stop()
	ctx, end := chromedp.NewExecAllocator(ctx, browserFlags()...)
	defer end()
	ctx, endTab := chromedp.NewContext(ctx)
	defer endTab()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1000, 800), chromedp.Navigate(url)); err != nil {
		return "", fmt.Errorf("opening the browser: %w", err)
	}
	if text, err = clickOn(ctx, upn, refuse); err != nil {
		return "", err
	}
	if screenshotPath == "" {
		return text, nil
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return text, fmt.Errorf("taking a screenshot: %w", err)
	}
	return text, os.WriteFile(screenshotPath, picture, 0o600)
}

func browserFlags() []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.NoSandbox,
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("password-store", "basic"), chromedp.Flag("use-mock-keychain", true), chromedp.IgnoreCertErrors,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	}
}

// sight is what is to be seen of a page.
type sight struct {
	Ready  bool   // it has loaded, and is not one that sends itself
	Marked bool   // it is still the one on which was clicked
	Button string // the id of what to click next
	Text   string
}

// look finds the next button: consent before the account, since a name may stand on any page.
const look = `((wanted, refuse) => {
	const ids = [...refuse, "accept", "return", "account-" + wanted, "next"];
	return {
		Ready: document.readyState === "complete" && document.forms["hiddenform"] === undefined && location.protocol !== "about:",
		Marked: document.documentElement.dataset.clicked === "1",
		Button: ids.find(id => document.getElementById(id) !== null) || "",
		Text: document.body === null ? "" : document.body.innerText,
	};
})(%s, %s)`

// mark remembers on the page that it was clicked on, and types the name where the account is not in the list.
const mark = `(wanted => {
	document.documentElement.dataset.clicked = "1";
	const name = document.getElementById("username");
	if (name !== null && wanted !== "") { name.value = wanted; }
	return true;
})(%s)`

// clickOn clicks until there is nothing to click, and returns the last page's text.
func clickOn(ctx context.Context, upn string, refuse []Refuse) (string, error) {
	name, err := json.Marshal(upn)
	if err != nil {
		return "", err
	}
	instead, err := json.Marshal(append([]Refuse{}, refuse...)) // never null
	if err != nil {
		return "", err
	}
	tick := time.NewTicker(lookAround)
	defer tick.Stop()
	for clicks := 0; clicks <= maxPages; {
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for a page: %w", ctx.Err())
		case <-tick.C:
		}
		// A look fails where the page is just being replaced.
		s, err := chromedp.Run(ctx, chromedp.Evaluate[sight](fmt.Sprintf(look, name, instead)))
		if err != nil || !s.Ready || s.Marked {
			continue
		}
		if s.Button == "" {
			return s.Text, nil
		}
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(mark, name))); err != nil {
			continue
		}
		clicks++
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`[id="`+s.Button+`"]`))); err != nil {
			return "", fmt.Errorf("clicking on %s: %w", s.Button, err)
		}
	}
	return "", errors.New("the sign-in has no end")
}
