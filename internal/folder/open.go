package folder

import (
	"io/fs"
	"os"
)

// File is a regular file that is being read.
type File struct {
	*os.File
	name string
	size int64
}

// Name returns the last element of the file's path.
func (f *File) Name() string { return f.name }

// Size returns how many bytes the file had when it was opened.
func (f *File) Size() int64 { return f.size }

// Open opens a regular file for reading. The caller closes it. Every refusal of a path is an [*Error].
func (f *Folders) Open(path string) (*File, error) {
	p, err := f.find(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return nil, f.refusal(path, err)
	}
	defer root.Close()
	// Asked before it is opened, as opening can have effects, and once more afterwards, as it may have changed.
	before, err := root.Stat(p.inside)
	if err != nil {
		return nil, f.refusal(path, err)
	}
	if err := regular(path, before); err != nil {
		return nil, err
	}
	file, err := root.OpenFile(p.inside, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, f.refusal(path, err)
	}
	info, err := file.Stat()
	if err == nil {
		err = regular(path, info)
	}
	if err != nil {
		return nil, closing(file, err)
	}
	return &File{File: file, name: info.Name(), size: info.Size()}, nil
}

func closing(file *os.File, err error) error {
	_ = file.Close() // nothing was written to it
	return err
}

func regular(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return &Error{Path: path, Problem: "is a folder", Remedy: "name one file"}
	}
	return &Error{Path: path, Problem: "is not a regular file but a device, a pipe or a socket"}
}
