package client_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/client"
)

// home is a person's folder on this system, with no variables set.
func home(t *testing.T) client.Env {
	t.Helper()
	return client.Env{OS: runtime.GOOS, Home: t.TempDir(), Getenv: func(string) string { return "" }}
}

func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func install(t *testing.T, c client.Client, env client.Env, s client.Server) (client.Change, string) {
	t.Helper()
	change, err := c.Install(env, s)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	backup, err := change.Write()
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return change, backup
}

// Every client: from nothing, found, the same again, over to an address where it can, and gone.
func TestEveryClientOnDisk(t *testing.T) {
	t.Parallel()
	for _, c := range client.All() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			env := home(t)
			if p := c.Find(env, "ms"); p.Present || p.Installed || p.Problem != nil {
				t.Errorf("on a clean machine: got %+v", p)
			}
			change, backup := install(t, c, env, ours)
			if change.Before != nil || backup != "" || change.Same {
				t.Errorf("got a change of %q, a backup %q", change.Before, backup)
			}
			p := c.Find(env, "ms")
			if !p.Present || !p.Installed || p.Problem != nil || p.Command != "/ms" || !slices.Equal(p.Args, []string{"stdio"}) || p.URL != "" || p.File != change.File {
				t.Errorf("then: got %+v", p)
			}
			if info, err := os.Stat(p.File); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("got %v, %v", info.Mode(), err)
			}
			if change, _ := install(t, c, env, ours); !change.Same {
				t.Error("the second time, something changed")
			}
			if c.HTTP {
				_, backup := install(t, c, env, client.Server{Name: "ms", URL: "https://h/mcp"})
				if p := c.Find(env, "ms"); p.URL != "https://h/mcp" || p.Command != "" {
					t.Errorf("with an address: got %+v", p)
				}
				if content(t, backup) != string(change.After) {
					t.Errorf("the backup holds %s", content(t, backup))
				}
			}
			gone, err := c.Uninstall(env, "ms")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := gone.Write(); err != nil {
				t.Fatal(err)
			}
			if p := c.Find(env, "ms"); p.Installed || !p.Present {
				t.Errorf("afterwards: got %+v", p)
			}
			if again, err := c.Uninstall(env, "ms"); err != nil || !again.Same {
				t.Errorf("once more: %v, %v", again.Same, err)
			}
		})
	}
}

// Files as people have them: install and uninstall give back the bytes.
func TestRealLookingFiles(t *testing.T) {
	t.Parallel()
	for _, c := range client.All() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			before := content(t, filepath.Join("testdata", "files", c.Name))
			env := home(t)
			put(t, c.File(env), before, 0o644)
			if p := c.Find(env, "microsoft-mcp-server"); p.Installed || !p.Present || p.Problem != nil {
				t.Errorf("got %+v", p)
			}
			servers := []client.Server{stdio}
			if c.HTTP {
				servers = append(servers, client.Server{Name: "microsoft-mcp-server", URL: "https://mcp.example.com/mcp"})
			}
			for _, s := range servers {
				change, backup := install(t, c, env, s)
				if content(t, backup) != before || !strings.HasPrefix(backup, change.File+".bak-") {
					t.Errorf("the backup %s holds\n%s", backup, content(t, backup))
				}
				if info, err := os.Stat(backup); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
					t.Errorf("the backup's mode is %v, %v", info.Mode(), err) // others' servers may have secrets in it
				}
				// What was added stands in one place; every line of before is there, in its order.
				rest := string(change.After)
				for line := range strings.Lines(before) {
					_, after, found := strings.Cut(rest, strings.TrimRight(line, "\r\n"))
					if !found {
						t.Errorf("%q is gone, or elsewhere, in\n%s", line, change.After)
					}
					rest = after
				}
				if info, err := os.Stat(change.File); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
					t.Errorf("the mode is %v, %v", info.Mode(), err)
				}
				gone, err := c.Uninstall(env, s.Name)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := gone.Write(); err != nil {
					t.Fatal(err)
				}
				if got := content(t, change.File); got != before {
					t.Errorf("afterwards the file holds\n%s", got)
				}
			}
		})
	}
}

func TestBrokenFileIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range client.All() {
		env := home(t)
		file := c.File(env)
		for text, want := range map[string]string{
			"{\n\"a\": [":        `: `,
			"\xff\xfe{\x00}\x00": ": is not UTF-8 text",
			"{\"\x00\": 1}":      ": is not UTF-8 text",
		} {
			put(t, file, text, 0o600)
			_, err := c.Install(env, ours)
			var broken *client.BrokenError
			if !errors.As(err, &broken) || broken.File != file || !strings.Contains(err.Error(), want) || broken.Hint() == "" {
				t.Errorf("%s: got %v", c.Name, err)
			}
			if p := c.Find(env, "ms"); p.Problem == nil || !p.Present || p.Installed {
				t.Errorf("%s: found %+v", c.Name, p)
			}
			if content(t, file) != text {
				t.Errorf("%s: the file was changed", c.Name)
			}
		}
	}
}

// Dotfiles live elsewhere and are linked to: the link stays one.
func TestSymbolicLink(t *testing.T) {
	t.Parallel()
	env := home(t)
	c := named(t, "cursor")
	real := filepath.Join(t.TempDir(), "dotfiles.json")
	put(t, real, "{}", 0o640)
	if err := os.MkdirAll(filepath.Dir(c.File(env)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, c.File(env)); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	_, backup := install(t, c, env, ours)
	if info, err := os.Lstat(c.File(env)); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if !strings.Contains(content(t, real), `"/ms"`) || filepath.Dir(backup) != filepath.Dir(real) {
		t.Errorf("%s holds %s; the backup is %s", real, content(t, real), backup)
	}
	// A link to nothing is one to a file that is to be made.
	if err := os.Remove(real); err != nil {
		t.Fatal(err)
	}
	install(t, c, env, ours)
	if !strings.Contains(content(t, real), `"/ms"`) {
		t.Error("the file that the link names was not made")
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := named(t, "cursor")
	t.Run("file marked as read-only", func(t *testing.T) {
		t.Parallel()
		env := home(t)
		put(t, c.File(env), "{}", 0o400)
		change, err := c.Install(env, ours)
		if err != nil {
			t.Fatal(err)
		}
		backup, err := change.Write()
		if err == nil || backup != "" || err.Error() != c.File(env)+": is marked as read-only" {
			t.Errorf("got %q, %v", backup, err)
		}
		if files, _ := filepath.Glob(c.File(env) + "*"); len(files) != 1 {
			t.Errorf("the folder holds %v", files)
		}
	})
	t.Run("folder", func(t *testing.T) {
		t.Parallel()
		if runtime.GOOS == "windows" || os.Geteuid() == 0 {
			t.Skip("nothing is closed to this user")
		}
		env := home(t)
		put(t, c.File(env), "{}", 0o600)
		folder := filepath.Dir(c.File(env))
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
		change, err := c.Install(env, ours)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := change.Write(); err == nil || !strings.Contains(err.Error(), "may not create files in "+folder) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("folder in the place of the file", func(t *testing.T) {
		t.Parallel()
		env := home(t)
		if err := os.MkdirAll(c.File(env), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Install(env, ours); err == nil || err.Error() != c.File(env)+": is not a regular file" {
			t.Errorf("got %v", err)
		}
	})
}

// The client itself writes its file, too: what it wrote meanwhile is not undone.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	env := home(t)
	c := named(t, "claude-code")
	put(t, c.File(env), "{}", 0o600)
	change, err := c.Install(env, ours)
	if err != nil {
		t.Fatal(err)
	}
	put(t, c.File(env), `{"numStartups": 2}`, 0o600)
	if _, err := change.Write(); !errors.Is(err, client.ErrChanged) {
		t.Errorf("got %v", err)
	}
	if files, _ := filepath.Glob(c.File(env) + ".bak*"); content(t, c.File(env)) != `{"numStartups": 2}` || len(files) != 0 {
		t.Errorf("the file holds %s; backups: %v", content(t, c.File(env)), files)
	}
}

func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	env := home(t)
	c := named(t, "windsurf")
	put(t, c.File(env), "{\"mcpServers\": {}}", 0o600)
	var all sync.WaitGroup
	const writers = 8
	for i := range writers {
		all.Go(func() {
			s := ours
			s.Name = fmt.Sprint("ms", i)
			for {
				change, err := c.Install(env, s)
				if err == nil {
					_, err = change.Write()
				}
				if err == nil {
					return
				}
				if !errors.Is(err, client.ErrChanged) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	got := content(t, c.File(env))
	if n := len(regexp.MustCompile(`"ms\d": `).FindAllString(got, -1)); n != writers {
		t.Errorf("%d entries of %d are there:\n%s", n, writers, got)
	}
	if files, _ := filepath.Glob(c.File(env) + ".bak-*"); len(files) == 0 || len(files) > 2 {
		t.Errorf("there are %d backups: %v", len(files), files)
	}
}

// Old files do not pile up, and what only looks like one of ours stays.
func TestNewestBackupsAreKept(t *testing.T) {
	t.Parallel()
	env := home(t)
	c := named(t, "cursor")
	file := c.File(env)
	put(t, file, `{"n": 0}`, 0o600)
	foreign := []string{".bak", ".bak-", ".bak-20200101T000000Z-1", ".bak-20200101T000000Z-02", ".bak-20200101T000000Z-2x", ".bak-20200101T000000Z.old", ".bak-20209901T000000Z",
		".bak-20200101T000000", "x.bak-20200101T000000Z"}
	for _, suffix := range foreign {
		put(t, file+suffix, "theirs", 0o600)
	}
	if err := os.Mkdir(file+".bak-20200101T000000Z-9", 0o700); err != nil {
		t.Fatal(err)
	}
	ofOurs := []string{".bak-20200101T000000Z", ".bak-20200101T000000Z-2", ".bak-20210101T000000Z"}
	for _, suffix := range ofOurs {
		put(t, file+suffix, "of "+suffix, 0o600)
	}
	_, backup := install(t, c, env, ours)
	if content(t, backup) != `{"n": 0}` || content(t, file+ofOurs[2]) != "of "+ofOurs[2] {
		t.Error("one of the newest two is gone")
	}
	for _, suffix := range ofOurs[:2] {
		if _, err := os.Stat(file + suffix); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", suffix, err)
		}
	}
	for i := range 4 { // in the same second, most likely
		before := content(t, file)
		s := ours
		s.Args = []string{fmt.Sprint(i)}
		_, next := install(t, c, env, s)
		if content(t, next) != before || content(t, backup) == before {
			t.Errorf("%d: the newest two are not %s and %s", i, backup, next)
		}
		backup = next
	}
	for _, suffix := range foreign {
		if content(t, file+suffix) != "theirs" {
			t.Errorf("%s is another", suffix)
		}
	}
	if files, _ := filepath.Glob(file + "*.bak*"); len(files) != len(foreign)+3 {
		t.Errorf("there are %v", files)
	}
}

// OpenCode reads two files: the one that is there is used.
func TestFileThatIsThere(t *testing.T) {
	t.Parallel()
	env := home(t)
	c := named(t, "opencode")
	other := c.File(env) + "c"
	put(t, other, "// mine\n{}\n", 0o600)
	install(t, c, env, ours)
	if got := content(t, other); !strings.HasPrefix(got, "// mine\n{\n  \"mcp\": {\n") {
		t.Errorf("got %s", got)
	}
}
