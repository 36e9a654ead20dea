package secret

import (
	"os"
	"syscall"
)

// mountedForUs reports whether f lies on a read-only file system in memory, as
// container platforms mount secrets.
func mountedForUs(f *os.File) bool {
	const (
		readOnly = 0x1 // ST_RDONLY, statvfs(3): of the file system or of this mount
		tmpfs    = 0x01021994
		ramfs    = 0x858458f6
	)
	var s syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &s); err != nil {
		return false
	}
	// The fields' types differ between architectures.
	kind := uint32(s.Type)
	return uint64(s.Flags)&readOnly != 0 && (kind == tmpfs || kind == ramfs)
}
