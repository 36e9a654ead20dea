package rewrite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Explain says in plain words why f could not be written, and what to do next. another is what could be done instead
// of changing the machine, such as "or name another file"; it may be empty.
func (f File) Explain(err error, another string) (problem, remedy string) {
	dir := filepath.Dir(f.Real)
	or := func(remedy string) string {
		if another == "" {
			return remedy
		}
		return remedy + ", " + another
	}
	switch {
	case errors.Is(err, ErrChanged):
		return "another program changed the file meanwhile", "look at it and try again"
	case errors.Is(err, context.DeadlineExceeded):
		return "another process is changing the file and does not end", "end it and try again"
	case errors.Is(err, errWriteProtected):
		return "is marked as read-only", or("make it writable")
	case errors.Is(err, ErrOwner):
		return "belongs to another user or group", "run this command as its owner, or as an administrator"
	case errors.Is(err, syscall.EROFS) || isReadOnlyDisk(err):
		return "cannot be written: the folder " + dir + " is read-only here", or("change the file where it comes from")
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || isFullDisk(err):
		return "cannot be written: the disk is full", "free some space and try again; the file is as it was"
	case errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV):
		return "cannot be replaced: the file is mounted by itself", "mount its folder instead, or change the file outside of the container"
	case errors.Is(err, fs.ErrPermission):
		return "cannot be written: this user may not create files in " + dir, or("allow it")
	}
	return fmt.Sprintf("cannot be written (%v)", bare(err)), "see that " + dir + " is a folder that this user may write to"
}

// bare returns the cause without the path, which the message names already.
func bare(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
