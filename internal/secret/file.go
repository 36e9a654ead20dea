package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// FromFile reads the file at path: at most 64 KiB of UTF-8 text, of which one
// newline at the end is dropped. Symbolic links are followed (Kubernetes mounts
// secrets as links), and what they lead to must be a regular file.
//
// On Unix a file that others can read is refused with ErrUnavailable and the
// command that closes it. It is accepted when one of these holds:
//
//   - its mode gives group and others nothing;
//   - root owns it, and its mode gives the group no more than reading and others
//     nothing (0440, 0640): an administrator's decision, and what systemd's
//     LoadCredential and the fsGroup of a Kubernetes pod produce;
//   - on Linux, it lies on a read-only file system in memory, and only its owner
//     can write to it: a secret that the platform mounts for this service alone.
//     Kubernetes and Docker Swarm make those 0644 and 0444, no process in the
//     container can change it, and nobody outside sees the mount.
//
// A file that root owns is not trusted for that alone: one under /etc with mode
// 0644 is the mistake this rule is for.
func FromFile(path string) Source { return fileSource{path} }

type fileSource struct{ path string }

func (s fileSource) Read(ctx context.Context) (Text, error) {
	op := fmt.Sprintf("reading the secret file %s", s.path)
	if err := ctx.Err(); err != nil {
		return Text{}, &Error{Op: op, Err: err}
	}
	return readText(op, s.path)
}

// readText reads a file that FromFile's rules accept.
func readText(op, path string) (Text, error) {
	f, _, err := openClosed(op, path, 0)
	if err != nil {
		return Text{}, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxRead+1))
	if err != nil {
		return Text{}, &Error{Op: op, Kind: ErrUnavailable, Err: bare(err), Next: "check the file system it lies on"}
	}
	return toText(op, raw, "write the secret, and nothing else, into the file")
}

// openClosed opens a regular file that is closed to others, for reading.
func openClosed(op, path string, flags int) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags|flags, 0)
	if err != nil {
		return nil, nil, openError(op, path, err)
	}
	// The open file is asked, not the path, which may lead elsewhere by now.
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, nil, &Error{Op: op, Kind: ErrUnavailable, Err: bare(err), Next: "check the file system it lies on"}
	}
	if !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, nil, &Error{Op: op, Kind: ErrUnavailable, Err: errors.New("it is not a regular file"),
			Next: `name a regular file; the output of a program is client_secret = { command = ["PROGRAM", "ARGUMENT"] }`}
	}
	if next := exposed(f, info); next != "" {
		_ = f.Close()
		return nil, nil, &Error{Op: op, Kind: ErrUnavailable, Next: next,
			Err: fmt.Errorf("others can read it (mode %04o)", info.Mode().Perm())}
	}
	return f, info, nil
}

func openError(op, path string, err error) error {
	e := &Error{Op: op, Kind: ErrUnavailable, Err: bare(err), Next: "check the path and the file system it lies on"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Next = ErrNotFound, "create the file with the secret in it, or correct its path in the profile"
	case errors.Is(err, fs.ErrPermission):
		e.Next = fmt.Sprintf("let the user the server runs as read it: %s", ownCommand(path))
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		e.Next = "raise the server's limit of open files (ulimit -n; LimitNOFILE= in a systemd unit), or try again in a moment"
	}
	return e
}

// bare drops the paths from err: the act names them already.
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
