package secret_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// A folder that cannot be written says why in our words, what is there can still
// be read, and nothing is left beside it.
func TestSealedFileInAFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	const says = ": storing k, sealed file DIR/NAME/sealed: secret store unavailable: "
	for name, row := range map[string]struct {
		uid   int // of the process, in a user namespace of its own
		flags uintptr
		want  map[string]string
	}{
		"mounts": {0, syscall.CLONE_NEWNS, map[string]string{
			"full":      "the disk under DIR/full is full // free some space",
			"read-only": "its folder DIR/read-only is read-only // mount a folder there that can be written",
			"mounted":   "it is a mount point, which nothing can take the place of // mount the folder DIR/mounted, not the file alone",
		}},
		"modes": {1000, 0, map[string]string{
			"closed": "its folder DIR/closed lets this user write nothing // run: chown 1000 DIR/closed; or let the profile name a file elsewhere",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			argv := program("folder", dir)
			cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
			cmd.Stderr = os.Stderr
			cmd.Env = append(os.Environ(), "SECRET_TEST_SEAL="+newKey().text)
			cmd.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWUSER | row.flags,
				UidMappings: []syscall.SysProcIDMap{{ContainerID: row.uid, HostID: os.Getuid(), Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{ContainerID: row.uid, HostID: os.Getgid(), Size: 1}},
			}
			out, err := cmd.Output()
			if err != nil {
				t.Skipf("this machine gives nobody a namespace to mount in: %v", err)
			}
			lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(out), dir, "DIR")), "\n")
			if len(lines) != len(row.want) {
				t.Errorf("got %d lines, want %d:\n%s", len(lines), len(row.want), out)
			}
			for _, line := range lines {
				name, _, _ := strings.Cut(line, ":")
				want := name + strings.ReplaceAll(says, "NAME", name) + row.want[name]
				got := line[:min(len(line), len(want))]
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// playFolder runs as a user of a namespace of its own, and mounts where it may.
func playFolder(dir string) {
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	try := func(name string, prepare func(folder string)) {
		folder := filepath.Join(dir, name)
		must(os.Mkdir(folder, 0o700))
		vault := store(filepath.Join(folder, "sealed")).open()
		if name == "full" {
			must(syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=64k"))
		}
		must(vault.Put(context.Background(), "k", secret.NewText(plain)))
		prepare(folder)
		before, err := os.ReadDir(folder)
		must(err)
		err = vault.Put(context.Background(), "k", secret.NewText(strings.Repeat("x", secret.MaxStored)))
		if err == nil {
			err = errors.New("it was stored")
		}
		fmt.Printf("%s: %v // %s\n", name, err, hint(err))
		if got, err := vault.Get(context.Background(), "k"); err != nil || got.Reveal() != plain {
			fmt.Printf("%s: what was there cannot be read: %v\n", name, err)
		}
		if after, err := os.ReadDir(folder); err != nil || len(after) != len(before) {
			fmt.Printf("%s: %d files are there, before %d (%v)\n", name, len(after), len(before), err)
		}
	}
	if os.Getuid() != 0 {
		try("closed", func(folder string) { must(os.Chmod(folder, 0o500)) })
		must(os.Chmod(filepath.Join(dir, "closed"), 0o700))
		return
	}
	try("full", func(folder string) {
		junk, err := os.Create(filepath.Join(folder, "junk"))
		must(err)
		for err == nil {
			_, err = junk.Write(make([]byte, 4096))
		}
		_ = junk.Close()
	})
	try("read-only", func(folder string) {
		must(syscall.Mount(folder, folder, "", syscall.MS_BIND, ""))
		must(syscall.Mount("", folder, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	})
	try("mounted", func(folder string) {
		file := filepath.Join(folder, "sealed")
		must(syscall.Mount(file, file, "", syscall.MS_BIND, ""))
	})
}
