package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const appID = "11111111-1111-1111-1111-111111111111"

// A file that loads may hold what steers a terminal; nothing of it gets through to people.
func TestProfileShowsNothingThatSteersATerminal(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.dir, "config.toml")
	config := "[profiles.contoso]\nclient_id = \"" + appID + "\"\n" +
		"instructions = \"one\\u001b[2Jtwo\\u009b3m\\u202ethree\"\nca_file = \"/a\\u0007b\"\n" +
		"vault = { file = \"/v\\u001b]0;x\\u0007\", key = { command = [\"/bin/\\u001b[31m\", \"hunter2\"] } }\n"
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"profile", "show"}, {"profile", "show", "--json"}, {"profile", "list"}, {"profile", "add", "x\x1b[31m"},
		{"profile", "use", "x\x1b[31m"}, {"profile", "remove", "\u009b31m"}, {"profile", "list", "x\x1b[31m"},
	} {
		_, out, errs := m.run(t, "", append([]string{"--config", path}, args...)...)
		if out+errs == "" || strings.ContainsAny(out+errs, "\x1b\a") || strings.Contains(out+errs, "hunter2") {
			t.Errorf("%q printed %q", args, out+errs)
		}
		if args[len(args)-1] == "show" && (!strings.Contains(out, `one\u001b[2Jtwo\u009b3m\u202ethree`) || strings.ContainsAny(out, "\u009b\u202e")) {
			t.Errorf("got %q", out)
		}
	}
}

// Relative paths on the command line count from where the person is, not from the file's folder.
func TestProfileAddResolvesPaths(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.dir, "config.toml")
	code, out, errs := m.run(t, "", "--config", path, "profile", "add", "x", "--client-id", appID, "--ca-file", "ca.pem", "--json")
	var got struct{ Profile, File, Default, Next string }
	if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil || got.Profile != "x" || got.File != path || got.Default != "x" || got.Next != "microsoft-mcp-server login x --config "+path {
		t.Fatalf("got code %d, %v, %+v, %s", code, err, got, errs)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	_, out, _ = m.run(t, "", "--config", path, "profile", "show", "--json")
	var shown struct{ CAFile string }
	if err := json.Unmarshal([]byte(out), &shown); err != nil || shown.CAFile != filepath.Join(here, "ca.pem") {
		t.Errorf("got %v, %+v", err, shown)
	}
}

// What is wrong with a file ends in 2, a file that cannot be written in 1, both with what to do.
func TestProfileExitCodes(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	inTheWay := filepath.Join(m.dir, "file")
	protected := filepath.Join(m.dir, "protected.toml")
	for _, path := range []string{inTheWay, protected} {
		if err := os.WriteFile(path, nil, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	add := []string{"profile", "add", "x", "--client-id", appID}
	for _, row := range []struct {
		config string
		args   []string
		code   int
		want   string
	}{
		{protected, add, 1, "is marked as read-only; make it writable, or name another file"},
		{filepath.Join(inTheWay, "config.toml"), add, 2, "cannot be read"},
		{m.dir, add, 2, "is not a regular file"},
		{filepath.Join(m.dir, "none.toml"), []string{"profile", "use", "x"}, 2, "add one with"},
		{filepath.Join(m.dir, "none.toml"), []string{"profile", "show", "x"}, 2, "there is no such file"},
		{protected, []string{"profile", "show"}, 2, "no profile is configured"},
		{protected, []string{"profile", "shwo"}, 2, `did you mean "show"`},
	} {
		if row.code == 2 && runtime.GOOS == "windows" && strings.Contains(row.want, "cannot be read") {
			continue // there a file in the way is just a path that does not exist
		}
		code, out, errs := m.run(t, "", append([]string{"--config", row.config}, row.args...)...)
		if code != row.code || out != "" || !strings.Contains(errs, row.want) {
			t.Errorf("%q: got code %d, %s%s\nwant %d and %s", row.args, code, out, errs, row.code, row.want)
		}
	}
}
