//go:build unix

package rewrite

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives f the user and group of the file that it will replace.
func keepOwner(f *os.File, before fs.FileInfo) error {
	after, err := f.Stat()
	if err != nil {
		return err
	}
	want, ok := before.Sys().(*syscall.Stat_t)
	have, also := after.Sys().(*syscall.Stat_t)
	if !ok || !also || want.Uid == have.Uid && want.Gid == have.Gid {
		return nil
	}
	if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
		return fmt.Errorf("%w: %w", ErrOwner, err)
	}
	return nil
}

func isReadOnlyDisk(error) bool { return false }
func isFullDisk(error) bool     { return false }
