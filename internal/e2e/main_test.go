package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// binary is the program under test. TestMain sets it before any test runs.
var binary string

func TestMain(m *testing.M) {
	if code, played := playsBrowser(); played {
		os.Exit(code)
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	folder, err := os.MkdirTemp("", "e2e-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(folder)
	if binary, err = built(folder); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return m.Run()
}

func programName() string {
	if runtime.GOOS == "windows" {
		return "microsoft-mcp-server.exe"
	}
	return "microsoft-mcp-server"
}

// sourcesOpened opens the binary's sources, once. go test takes an earlier result for today's until a file changes
// that a test has opened, and the compiler that reads these is another process.
var sourcesOpened = sync.OnceValue(func() error { return openSources("../../cmd", "../../internal", "../../go.mod") })

func openSources(places ...string) error {
	for _, place := range places {
		err := filepath.WalkDir(place, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			return file.Close()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// needOrSkip skips a test for want of something that this machine could have; where everything has to run
// (CI=true) it fails instead.
func needOrSkip(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true and "+format, args...)
	}
	t.Skipf("SKIPPED: "+format, args...)
}
