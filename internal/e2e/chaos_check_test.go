package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What has to hold in every round, whatever happens in it:
//
//   - Every call is answered once, or refused in words that a person understands. A call that a server was at when it
//     was asked to end is answered, too; then the server ends with 0.
//   - Nothing is written twice, and what callers were told of a change is so (chaosLedger).
//   - No secret is in an answer, in what a server writes, or in a file.
//   - Standard output of stdio is JSON-RPC and nothing else; there is no stack in a log.
//   - No request comes to a host that Microsoft does not send us to, none without TLS, and none elsewhere with a token.
//   - Afterwards the next call of each way works, and files, goroutines and memory are back at their level.

// calm makes a first call of each way and notes which mailboxes there are.
func (c *chaos) calm(t *testing.T) {
	t.Helper()
	for i, w := range c.ways {
		k := &chaosCaller{c: c, w: w, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
		got := k.call(within(t), "calm", "microsoft_graph", map[string]any{"path": "/users", "format": "raw", "queryParams": map[string]any{
			"$filter": "not(startswith(userPrincipalName,'crew.'))", "$select": "mail", "$top": "40", "$count": "true"}, "headers": map[string]any{"ConsistencyLevel": "eventual"}}, nil)
		if got.told != toldDone {
			t.Fatalf("%s does not work to begin with: %s", w, got.text)
		}
		if i > 0 {
			continue
		}
		var people struct{ Value []struct{ Mail string } }
		if err := json.Unmarshal([]byte(got.text), &people); err != nil {
			t.Fatal(err)
		}
		for _, p := range people.Value {
			if p.Mail == "" {
				continue
			}
			box := k.call(within(t), "calm", "microsoft_graph", map[string]any{"path": "/users/" + p.Mail + "/mailFolders?$top=1"}, nil)
			if box.told == toldDone {
				c.tenant.mailboxes = append(c.tenant.mailboxes, p.Mail)
			}
		}
	}
	if len(c.tenant.mailboxes) < 5 {
		t.Fatalf("there are %d mailboxes", len(c.tenant.mailboxes))
	}
}

// recovers fails unless each way works at once when nothing goes wrong any more.
func (c *chaos) recovers(t *testing.T) {
	t.Helper()
	for i, w := range c.ways {
		k := &chaosCaller{c: c, w: w, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
		mark := fmt.Sprintf("crew.%05d", chaosCrew-i)
		for _, good := range []struct {
			tool      string
			arguments map[string]any
		}{
			{"microsoft_graph", map[string]any{"path": "/users/" + mark + "@" + c.tenant.Domain(), "method": "PATCH", "body": map[string]any{"jobTitle": "Examiner"}}},
			{"get_auth_status", map[string]any{}},
			{"find_graph_api", map[string]any{"query": "unread mail"}},
		} {
			if got := k.settled(t, mark, good.tool, good.arguments); got.told != toldDone {
				c.violated("%s: when all is well again, %s does not work: %s: %.500s", w, good.tool, got.told, got.text)
			}
		}
	}
}

// settled makes a call, again and again while a server does not ask for a token again yet, as its answers say when it will:
// after two seconds, and after a refusal of Entra's, or where Graph has refused several tokens, after half a minute.
func (k *chaosCaller) settled(t *testing.T, mark, tool string, arguments map[string]any) (got chaosAnswer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	for {
		if got = k.call(within(t), mark, tool, arguments, nil); !k.tooEarly || ctx.Err() != nil {
			return got
		}
		rest(ctx)
	}
}

// A level is what a server takes up. What cannot be known here is 0.
type level struct {
	files      int // but for connections to the store
	store      int // connections to the store, among them such as it has not found broken yet
	goroutines int
	resident   int
}

func (l level) String() string {
	return fmt.Sprintf("%d files and %d connections to the store, %d goroutines, %d MiB", l.files, l.store, l.goroutines, l.resident>>20)
}

// above tells whether something was not let go.
func (l level) above(before level) bool {
	return l.files > before.files+10 || l.store > storeConnections || l.goroutines > before.goroutines+10 || l.resident > before.resident+96<<20
}

func (c *chaos) levels(t *testing.T) []level {
	t.Helper()
	var all []level
	for _, s := range c.hosts {
		all = append(all, s.level(t))
	}
	return all
}

// level reads what the system and the server itself say.
func (s *chaosServer) level(t *testing.T) (l level) {
	t.Helper()
	run, err := s.up(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" {
		l.files, l.store, err = openFiles(run.cmd.Process.Pid)
		if err != nil {
			s.c.violated("%s has died: %v", s.name, err)
		}
		memory, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", run.cmd.Process.Pid))
		if fields := strings.Fields(string(memory)); len(fields) > 1 {
			pages, _ := strconv.Atoi(fields[1])
			l.resident = pages * os.Getpagesize()
		}
	}
	if s.gauges != "" {
		l.goroutines = s.gauge("go_goroutines")
	}
	return l
}

// openFiles counts what a process of Linux has open: sockets of a path apart, which lead to the store.
func openFiles(pid int) (files, sockets int, err error) {
	local, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/unix", pid))
	if err != nil {
		return 0, 0, err
	}
	unix := map[string]bool{}
	for line := range strings.Lines(string(local)) {
		if fields := strings.Fields(line); len(fields) > 6 {
			unix["socket:["+fields[6]+"]"] = true
		}
	}
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	open, err := os.ReadDir(folder)
	for _, file := range open {
		if to, _ := os.Readlink(filepath.Join(folder, file.Name())); unix[to] {
			sockets++
		} else {
			files++
		}
	}
	return files, sockets, err
}

// gauge reads one of the server's metrics; 0 where it cannot be read.
func (s *chaosServer) gauge(name string) int {
	res, err := http.Get(s.gauges)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, body, _ := fetchAll(http.DefaultClient, res.Request)
	for line := range strings.Lines(body) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return int(n)
		}
	}
	return 0
}

// levelsReturn fails unless the servers let go of what they needed.
func (c *chaos) levelsReturn(t *testing.T, before []level) {
	t.Helper()
	for i, s := range c.hosts {
		ctx := within(t)
		now := s.level(t)
		for now.above(before[i]) && ctx.Err() == nil {
			rest(ctx)
			now = s.level(t)
		}
		if now.above(before[i]) {
			c.violated("%s does not let go: %v, at first %v", s.name, now, before[i])
		}
		t.Logf("%s: %v, at first %v", s.name, now, before[i])
	}
}

// stacks are what a log must not hold.
var stacks = regexp.MustCompile(`goroutine \d+ \[|panic|DATA RACE|fatal error|runtime error|an internal fault`)

// finish ends the servers, and looks through all that they wrote.
func (c *chaos) finish(t *testing.T) {
	t.Helper()
	for i, s := range c.hosts {
		if i == len(c.hosts)-1 && *chaosFor > 0 && runtime.GOOS != "windows" {
			s.countGoroutines(t)
		} else if err := s.end(within(t), i%2 == 0); err != nil {
			c.violated("%s does not end: %v", s.name, err)
		}
		for _, p := range s.logs {
			out, log := p.stdout.String(), p.stderr.String()
			log, _, _ = strings.Cut(log, dumped) // that was asked for
			if s.stdio {
				p.checkPure(t)
			} else if out != "" {
				c.violated("%s writes to standard output: %.300q", s.name, out)
			}
			if at := stacks.FindStringIndex(log); at != nil {
				c.violated("%s: its log holds a stack: %.2000s", s.name, log[max(0, at[0]-200):])
			}
			c.heard.hear(out)
			c.heard.hear(log)
		}
		c.hearFiles(s.home)
	}
	c.heard.mu.Lock()
	defer c.heard.mu.Unlock()
	text := c.heard.heard.String()
	for _, secret := range leaks(text, append(c.tenant.Secrets(), c.heard.all...)) {
		at := strings.Index(text, secret[len(secret)-tail:])
		c.violated("a secret of %d bytes that begins with %.5s is in an answer, a log or a file, behind %.60q", len(secret), secret, text[max(0, at-len(secret)-60):max(0, at)])
	}
}

// dumped is what a program of Go's says before it lists its goroutines.
const dumped = "SIGQUIT: quit"

// mostGoroutines is more than a server at rest has; each call that is never let go adds one or more.
const mostGoroutines = 40

// countGoroutines ends a server so that it says what it was still at, which over stdio nothing else tells.
func (s *chaosServer) countGoroutines(t *testing.T) {
	t.Helper()
	run, err := s.up(within(t))
	if err != nil {
		t.Fatal(err)
	}
	run.ask()
	if err := run.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		s.c.violated("%s has died: %v", s.name, err)
	}
	<-run.ended
	_, list, _ := strings.Cut(run.stderr.String(), dumped)
	n := strings.Count(list, "\ngoroutine ")
	t.Logf("%s: %d goroutines", s.name, n)
	if n == 0 || n > mostGoroutines {
		s.c.violated("%s is still at something: %d goroutines: %.9000s", s.name, n, list)
	}
}

// hearFiles takes down what is in the files of a folder.
func (c *chaos) hearFiles(folder string) {
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			text, _ := os.ReadFile(path)
			c.heard.hear(string(text))
		}
		return nil
	})
}

var chaosDigits = regexp.MustCompile(`[0-9a-fA-F]{6,}|\d+`)

// say counts what callers are told, for whoever reads it with -v.
func (c *chaos) say(tool, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.words) < 1000 {
		c.words[tool+": "+chaosDigits.ReplaceAllString(fmt.Sprintf("%.400s", text), "#")]++
	}
}

// told lists them.
func (c *chaos) said() string {
	var all []string
	for words, n := range c.words {
		all = append(all, fmt.Sprintf("%4d  %s", n, words))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
