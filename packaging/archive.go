package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"io/fs"
	"path"
	"slices"
	"time"
)

// file is something to pack: a slash-separated name, 0644 or 0755, and its bytes.
type file struct {
	name string
	mode fs.FileMode
	data []byte
}

// pack makes each target's archive: one folder, with the program and what belongs to it.
func (r *release) pack(context.Context) error {
	for _, b := range r.builds {
		inside := append([]file{{b.program(), 0o755, b.data}}, r.files...)
		folder, suffix, write := r.artifact(b.target, ""), ".tar.gz", tarGz
		if b.os == "windows" {
			suffix, write = ".zip", zipped
		}
		data, err := write(under(folder, inside), r.time)
		if err != nil {
			return err
		}
		if err := r.publish(folder+suffix, data); err != nil {
			return err
		}
	}
	return nil
}

// under puts files into a folder.
func under(folder string, files []file) []file {
	out := make([]file, 0, len(files))
	for _, f := range files {
		out = append(out, file{path.Join(folder, f.name), f.mode, f.data})
	}
	return out
}

func sorted(files []file) []file {
	return slices.SortedFunc(slices.Values(files), func(a, b file) int { return cmp.Compare(a.name, b.name) })
}

// tarGz packs files in the order of their names, owned by root.
func tarGz(files []file, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	archive := tar.NewWriter(compressed)
	for _, f := range sorted(files) {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: at,
			Uname: "root", Gname: "root", Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	err := compressed.Close()
	return out.Bytes(), err
}

// zipped packs files in the order of their names.
func zipped(files []file, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, f := range sorted(files) {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
		header.SetMode(f.mode)
		entry, err := archive.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return out.Bytes(), err
}

func gzipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}
