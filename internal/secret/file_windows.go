package secret

import (
	"fmt"
	"io/fs"
	"os"
)

const openFlags = 0

// exposed accepts every file: Windows has no modes, and a profile folder's
// access list gives a file in it to its owner and the administrators.
func exposed(*os.File, fs.FileInfo) string { return "" }

// ownCommand lets the user we run as read the file.
func ownCommand(path string) string {
	return fmt.Sprintf(`icacls "%s" /grant "%%USERNAME%%:R"`, path)
}
