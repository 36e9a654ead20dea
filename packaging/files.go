package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// shells are those that the program writes completions for, with the names that their files have to have.
func shells() map[string]string {
	return map[string]string{"bash": product + ".bash", "zsh": "_" + product, "fish": product + ".fish", "powershell": product + ".ps1"}
}

// collectFiles reads what every archive has beside the program, and asks the program for its completions and man pages.
func (r *release) collectFiles(ctx context.Context) error {
	for _, name := range []string{"README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "config.example.toml"} {
		if err := r.take(name); err != nil {
			return err
		}
	}
	for _, folder := range []string{"docs", "configs"} { // the README points there
		if err := r.takeAll(folder); err != nil {
			return err
		}
	}
	r.files = append(r.files, file{"THIRD_PARTY_NOTICES.txt", 0o644, r.notices.text()})
	program, err := r.host(ctx)
	if err != nil {
		return err
	}
	for shell, name := range shells() {
		script, err := r.command(ctx, r.source, program, "completion", shell)
		if err != nil {
			return err
		}
		r.files = append(r.files, file{"completions/" + name, 0o644, script})
	}
	return r.collectPages(ctx, program)
}

// collectPages has man pages written, by a program that can.
func (r *release) collectPages(ctx context.Context, program string) error {
	folder := filepath.Join(filepath.Dir(r.stage), "man")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	if _, err := r.command(ctx, r.source, program, "man", folder); err != nil {
		return err
	}
	pages, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(folder, page.Name()))
		if err != nil {
			return err
		}
		r.files = append(r.files, file{"man/" + page.Name(), 0o644, text})
	}
	return nil
}

func (r *release) take(name string) error {
	text, err := os.ReadFile(filepath.Join(r.source, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	r.files = append(r.files, file{name, 0o644, text})
	return nil
}

// takeAll takes a folder's files, without the tests of it.
func (r *release) takeAll(folder string) error {
	return filepath.WalkDir(filepath.Join(r.source, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "check" {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(r.source, path)
		if err != nil {
			return err
		}
		return r.take(filepath.ToSlash(name))
	})
}

// named returns the text of a file that was collected.
func (r *release) named(name string) []byte {
	for _, f := range r.files {
		if f.name == name {
			return f.data
		}
	}
	return nil
}

// starting returns the files whose names start so.
func (r *release) starting(prefix string) []file {
	var out []file
	for _, f := range r.files {
		if strings.HasPrefix(f.name, prefix) {
			out = append(out, f)
		}
	}
	return sorted(out)
}
