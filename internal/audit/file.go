package audit

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// file is a file that is opened for each record.
type file struct {
	name string
	torn bool // the last record was cut short; for a file that cannot be read
}

func (f *file) try() error {
	opened, err := open(f.name)
	if err != nil {
		return err
	}
	return opened.Close()
}

func (f *file) write(records []record) error {
	_, err := f.append(records)
	return err
}

// append writes records and returns how large the file is then.
func (f *file) append(records []record) (size int64, err error) {
	opened, err := open(f.name)
	if err != nil {
		return 0, err
	}
	f.torn = isTorn(opened, f.torn)
	err = writeTo(opened, records, &f.torn)
	if info, statErr := opened.Stat(); statErr == nil {
		size = info.Size()
	}
	return size, errors.Join(err, opened.Close())
}

// isTorn tells whether a file ends within a line. It looks for a moment whether that stays so: another process may
// be writing the line just now, and would leave an empty line behind. Where the file cannot be read, it is as we
// left it.
func isTorn(f *os.File, otherwise bool) bool {
	var last [1]byte
	size, looks := int64(-1), 0
	for range 100 { // in all, where others keep writing
		info, err := f.Stat()
		if err != nil {
			return otherwise
		}
		if info.Size() != size {
			size, looks = info.Size(), 0
		}
		if looks++; looks > 10 {
			return true
		}
		if size == 0 {
			return false
		}
		n, err := f.ReadAt(last[:], size-1)
		if n == 0 && err != io.EOF { // io.EOF: it became shorter meanwhile
			return otherwise
		}
		if n == 1 && last[0] == '\n' {
			return false
		}
		time.Sleep(time.Millisecond)
	}
	return true
}

// open opens a log for reading, too, if that is allowed: whoever keeps a log from being read wants it written still.
func open(name string) (*os.File, error) {
	switch info, err := os.Stat(name); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err == nil && !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	return f, err
}
