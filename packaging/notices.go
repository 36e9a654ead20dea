package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licences, by their SPDX names, of what may be linked: those that ask for their text to be passed on,
// and for nothing more, or not even for that.
func allowed() []string {
	return []string{"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "Unlicense"}
}

// recognised is the share of a licence's file that has to be a licence's known words, in percent.
const recognised = 75

// legal are the files that a module's users have to be given. Those named NOTICE or PATENTS go along and aren't judged.
var legal = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense|notice|patents)([-._].*)?$`)

// notice is what one linked module says about its use.
type notice struct {
	module, version string
	licences        []string // by their SPDX names
	texts           []file
}

// notices holds a notice for each linked module, and one for Go, by the module's path.
type notices map[string]*notice

// collectNotices collects the licences of what is linked into any of the targets' programs, from the folders that it is
// built from: a licence that is in a folder below the module's root holds for the packages there.
func (r *release) collectNotices(ctx context.Context) error {
	r.notices = notices{}
	for _, b := range r.builds {
		if err := r.notices.collect(ctx, r.source, b.target); err != nil {
			return err
		}
	}
	version, err := r.goVersion()
	if err != nil {
		return err
	}
	root, err := r.command(ctx, r.source, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	if err := r.notices.add("std", version, strings.TrimSpace(string(root)), "."); err != nil {
		return err
	}
	return r.notices.judge()
}

func (n notices) collect(ctx context.Context, source string, t target) error {
	const row = `{{with .Module}}{{if not .Main}}{{.Path}}{{"\t"}}{{.Version}}{{"\t"}}{{.Dir}}{{"\t"}}{{$.Dir}}{{end}}{{end}}`
	said, err := runIn(ctx, source, t.env(), []string{"go", "list", "-deps", "-f", row, "./cmd/" + product})
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(said)) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if len(cells) != 4 {
			continue // of the standard library, or ours
		}
		path, version, root := cells[0], cells[1], cells[2]
		below, err := filepath.Rel(root, cells[3])
		if err != nil {
			return err
		}
		if err := n.add(path, version, root, below); err != nil {
			return err
		}
	}
	return nil
}

// add reads the legal files of the folder below in a module, and of those above it up to the module's root.
func (n notices) add(module, version, root, below string) error {
	one := n[module]
	if one == nil {
		one = &notice{module: module, version: version}
		n[module] = one
	}
	for folder := below; ; folder = filepath.Dir(folder) {
		entries, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := filepath.ToSlash(filepath.Join(folder, e.Name()))
			if !e.Type().IsRegular() || !legal.MatchString(e.Name()) || strings.HasSuffix(name, ".go") || one.has(name) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			one.texts = append(one.texts, file{name, 0o644, text})
		}
		if folder == "." {
			return nil
		}
	}
}

func (n *notice) has(name string) bool {
	return slices.ContainsFunc(n.texts, func(f file) bool { return f.name == name })
}

// judge names every module's licences, and refuses what is not on the list or cannot be told.
func (n notices) judge() error {
	var refused []error
	for _, one := range n.sorted() {
		for _, text := range one.texts {
			base := strings.ToLower(filepath.Base(text.name))
			if strings.HasPrefix(base, "notice") || strings.HasPrefix(base, "patents") {
				continue
			}
			found := licensecheck.Scan(text.data)
			if found.Percent < recognised {
				refused = append(refused, fmt.Errorf("%s %s: %s is no licence that is known (%.0f %%)", one.module, one.version, text.name, found.Percent))
			}
			for _, match := range found.Match {
				one.licences = append(one.licences, match.ID)
				if !slices.Contains(allowed(), match.ID) {
					refused = append(refused, fmt.Errorf("%s %s: %s says %s, which is none of %s", one.module, one.version, text.name, match.ID, strings.Join(allowed(), ", ")))
				}
			}
		}
		slices.Sort(one.licences)
		one.licences = slices.Compact(one.licences)
		if len(one.licences) == 0 {
			refused = append(refused, fmt.Errorf("%s %s: has no licence", one.module, one.version))
		}
	}
	return errors.Join(refused...)
}

func (n notices) sorted() []*notice {
	return slices.SortedFunc(maps.Values(n), func(a, b *notice) int { return cmp.Compare(a.module, b.module) })
}

// text is the file that goes into every package.
func (n notices) text() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s is built from its own source, whose licence is in LICENSE, and from the following, whose licences ask for\ntheir text to be passed on.\n\n", product)
	for _, one := range n.sorted() {
		fmt.Fprintf(&out, "  %s %s (%s)\n", one.title(), one.version, strings.Join(one.licences, ", "))
	}
	for _, one := range n.sorted() {
		for _, text := range sorted(one.texts) {
			fmt.Fprintf(&out, "\n%s\n%s %s: %s\n\n%s\n", strings.Repeat("=", 100), one.title(), one.version, text.name, bytes.TrimSpace(text.data))
		}
	}
	return out.Bytes()
}

func (n *notice) title() string {
	if n.module == "std" {
		return "Go and its standard library"
	}
	return n.module
}
