package cli

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/pkg/browser"
)

// opener returns what opens a page in the person's browser, or nil where no browser can be opened: over SSH, in a
// container, on a server. What browsers and their starters print goes nowhere, and they hold none of our streams: they
// live longer than we do, and a client that waits for our standard error to end would wait for them.
func opener(getenv func(string) string) func(string) error {
	switch {
	case strings.TrimSpace(getenv("BROWSER")) != "":
		return opensWith(browserCommand(getenv("BROWSER")))
	case getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != "":
		return nil // it would open in front of nobody
	case inWSL(getenv) && windowsBrowser() != nil:
		return opensWith(func(page string) []string { return append(windowsBrowser(), page) })
	case runtime.GOOS != "darwin" && runtime.GOOS != "windows" && getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "":
		return nil
	}
	return opensPage(func(page string) error { return browser.OpenURL(page) })
}

// openingTime is how long a starter that fails takes to say so. One that works may run as long as the browser.
const openingTime = 3 * time.Second

// opensPage makes of a blocking way to open a page one that returns.
func opensPage(open func(string) error) func(string) error {
	return func(page string) error {
		if !opens(page) {
			return errors.New("only https pages, and those of this program on this machine, are opened")
		}
		failed := make(chan error, 1)
		go func() { failed <- open(page) }()
		timer := time.NewTimer(openingTime)
		defer timer.Stop()
		select {
		case err := <-failed:
			return err
		case <-timer.C:
			return nil
		}
	}
}

// opens reports whether page is one that a browser is started for: https, or http at a port of this machine, where a
// sign-in waits; or a file that leads to the dashboard.
func opens(page string) bool {
	u, err := url.Parse(page)
	switch {
	case err == nil && u.Scheme == "file" && u.User == nil:
		return isHandover(u)
	case err != nil || u.User != nil || u.Hostname() == "":
		return false
	case u.Scheme == "https":
		return true
	}
	return u.Scheme == "http" && u.Hostname() == "localhost" && u.Port() != "" && strings.HasPrefix(u.Path, "/")
}

func opensWith(command func(page string) []string) func(string) error {
	return opensPage(func(page string) error {
		argv := command(page)
		cmd := exec.Command(argv[0], argv[1:]...) // its streams are the null device
		detach(cmd)
		return cmd.Run()
	})
}

// browserCommand reads $BROWSER: the first of the commands in it, with %s for the page or the page at the end.
func browserCommand(value string) func(string) []string {
	words := strings.Fields(strings.Split(value, string(os.PathListSeparator))[0])
	return func(page string) []string {
		argv, placed := make([]string, len(words)), false
		for i, word := range words {
			argv[i] = strings.ReplaceAll(word, "%s", page)
			placed = placed || argv[i] != word
		}
		if !placed {
			argv = append(argv, page)
		}
		return argv
	}
}

// inWSL reports whether this is Linux inside of Windows, whose browser is Windows's.
func inWSL(getenv func(string) string) bool {
	return runtime.GOOS == "linux" && getenv("WSL_DISTRO_NAME") != ""
}

// windowsBrowser is the command that starts Windows's default browser from WSL; nil where Windows's programs cannot be
// reached. Not cmd.exe, to which the & of an address is an operator.
func windowsBrowser() []string {
	for _, command := range [][]string{{"wslview"}, {"rundll32.exe", "url.dll,FileProtocolHandler"}} {
		if _, err := exec.LookPath(command[0]); err == nil {
			return command
		}
	}
	return nil
}
