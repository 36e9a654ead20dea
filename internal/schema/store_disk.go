package schema

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// disk keeps models in a folder, a file for each source: a line that names the form, when it was fetched, and the model. What
// a crash leaves half-written has the wrong checksum and is fetched anew.
type disk struct{ dir string } // "": nothing is kept

const (
	fileMagic  = "msgraph-schema 1\n"
	fileHead   = len(fileMagic) + 8
	unfinished = ".schema-*.tmp"
	leftover   = time.Hour // after which a file that nobody has finished is removed
)

func (d disk) path(at place) string {
	return filepath.Join(d.dir, strings.ReplaceAll(at.host, ":", "_")+"_"+at.version+".schema")
}

// read returns a model and when it was fetched; none where there is no file.
func (d disk) read(at place) (*Model, time.Time, error) {
	if d.dir == "" {
		return nil, time.Time{}, nil
	}
	path := d.path(at)
	data, err := readRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(data) < fileHead || string(data[:len(fileMagic)]) != fileMagic {
		return nil, time.Time{}, fmt.Errorf("%s: %w", path, errDamaged)
	}
	model, err := Load(data[fileHead:])
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%s: %w", path, err)
	}
	return model, time.Unix(int64(binary.LittleEndian.Uint64(data[len(fileMagic):])), 0), nil
}

// readRegular reads a file of a size that a model may have. What is no file could block for ever when it is opened.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", path)
	case info.Size() > int64(maxBlob+fileHead):
		return nil, fmt.Errorf("%s has more than %d MiB", path, maxBlob>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}

// write puts a model in place of the one that is there: whoever reads meanwhile has either of them whole.
func (d disk) write(at place, m *Model, fetched time.Time) error {
	if d.dir == "" {
		return nil
	}
	data := append([]byte(fileMagic), make([]byte, 8)...)
	binary.LittleEndian.PutUint64(data[len(fileMagic):], uint64(fetched.Unix()))
	data, _ = m.AppendBinary(data)
	return d.put(d.path(at), data)
}

// put writes a file whole or not at all.
func (d disk) put(path string, data []byte) error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	d.sweep()
	f, err := os.CreateTemp(d.dir, unfinished) // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// sweep removes what processes that ended in the middle have left.
func (d disk) sweep() {
	entries, _ := os.ReadDir(d.dir)
	for _, each := range entries {
		if ours, _ := filepath.Match(unfinished, each.Name()); !ours {
			continue
		}
		if info, err := each.Info(); err == nil && time.Since(info.ModTime()) > leftover {
			os.Remove(filepath.Join(d.dir, each.Name()))
		}
	}
}
