package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// say runs a program that is part of what is checked, and returns what it said.
func say(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	said, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
	return strings.TrimSpace(string(said))
}

// installed are files that both kinds of package have.
func installed() []string {
	return []string{"/usr/bin/" + product, "/usr/lib/systemd/system/" + product + ".service", "/usr/share/doc/" + product + "/copyright",
		"/usr/share/bash-completion/completions/" + product, "/usr/share/doc/" + product + "/server.toml"}
}

// checkDeb installs the package into an empty root and removes it again, by dpkg itself.
func checkDeb(t *testing.T, m made) {
	deb := filepath.Join(m.folder, m.name(".deb"))
	if got, want := say(t, "dpkg-deb", "--field", deb, "Package", "Version", "Architecture"), "Package: "+product+"\nVersion: 0.0.1~trial.1\nArchitecture: "+m.here.arch; got != want {
		t.Errorf("it calls itself\n%s", got)
	}
	root := t.TempDir()
	for _, folder := range []string{"info", "updates"} {
		if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg", folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"status", "available"} {
		if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dpkg := []string{"--root=" + root, "--force-not-root", "--force-script-chrootless", "--force-bad-path", "--log=/dev/null"}
	say(t, "dpkg", append(dpkg, "--install", deb)...)
	for _, name := range installed() {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	if got := say(t, filepath.Join(root, "usr/bin", product), "version"); got != trial {
		t.Errorf("the installed program says %q", got)
	}
	unit, err := os.ReadFile(filepath.Join(root, "usr/lib/systemd/system", product+".service"))
	if err != nil || !strings.Contains(string(unit), "\nExecStart=/usr/bin/"+product+" http ") || strings.Contains(string(unit), "/usr/local") {
		t.Errorf("the unit starts another program, %v: %.300q", err, unit)
	}
	say(t, "dpkg", append(dpkg, "--purge", product)...)
	if _, err := os.Stat(filepath.Join(root, "usr/bin", product)); err == nil {
		t.Error("purged, the program is still there")
	}
}

func checkRPM(t *testing.T, m made) {
	rpm := filepath.Join(m.folder, m.name(".rpm"))
	got := say(t, "rpm", "--query", "--package", "--queryformat", "%{NAME} %{VERSION} %{LICENSE} %{BUILDHOST}", rpm)
	if want := product + " 0.0.1~trial.1 MIT localhost"; got != want {
		t.Errorf("it calls itself %q, and not %q", got, want)
	}
	list := say(t, "rpm", "--query", "--package", "--list", rpm) + "\n"
	for _, name := range append(installed(), "/usr/share/zsh/site-functions/_"+product, "/etc/"+product) {
		if !strings.Contains(list, name+"\n") {
			t.Errorf("%s is missing:\n%s", name, list)
		}
	}
	say(t, "rpm", "--checksig", "--nosignature", rpm)
}
