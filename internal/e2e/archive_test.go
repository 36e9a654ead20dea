package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// archiveVariable names the archive of a release, whose program is to be tested instead of one that is built here.
// scripts/test has the tests of setup run a second time with it, from what a person downloads.
const archiveVariable = "E2E_ARCHIVE"

// unpack does with an archive what a person does, and returns where the program is.
func unpack(archive, folder string) (program string, err error) {
	whole, err := filepath.Abs(archive)
	if err != nil {
		return "", err
	}
	if out, err := exec.Command("tar", "-xzf", whole, "-C", folder).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpacking %s: %w\n%s", archive, err, out)
	}
	found, err := filepath.Glob(filepath.Join(folder, "*", "microsoft-mcp-server"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%s holds %d programs in a folder, and not one", archive, len(found))
	}
	if said, err := exec.Command(found[0], "version").CombinedOutput(); err != nil {
		return "", fmt.Errorf("the program in %s does not start: %w\n%s", archive, err, said)
	}
	return found[0], nil
}

// built returns the program under test.
func built(folder string) (program string, err error) {
	if archive := os.Getenv(archiveVariable); archive != "" {
		return unpack(archive, folder)
	}
	program = filepath.Join(folder, programName())
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/microsoft-mcp-server").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return program, nil
}
