package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLicences looks at what is linked on every system, since what is linked differs between them.
func TestLicences(t *testing.T) {
	t.Parallel()
	n := notices{}
	for _, name := range allTargets() {
		to, err := parseTarget(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.collect(t.Context(), "..", to); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.judge(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"github.com/mark3labs/mcp-go", "github.com/danieljoos/wincred"} { // the second on Windows alone
		if n[want] == nil || !strings.Contains(string(n.text()), "\n  "+want+" ") {
			t.Errorf("%s is linked, and has no notice", want)
		}
	}
	if n["github.com/google/go-cmp"] != nil {
		t.Error("go-cmp is for tests, and has a notice")
	}
}

func TestLicencesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none":     {map[string]string{"README": "MIT"}, "has no licence"},
		"unknown":  {map[string]string{"LICENSE": "All rights reserved. Ask us."}, "LICENSE is no licence that is known"},
		"not ours": {map[string]string{"COPYING": "This library is free software; you can redistribute it and/or modify it under the terms of the GNU Lesser General Public License as published by the Free Software Foundation; either version 2.1 of the License, or (at your option) any later version."}, "COPYING says LGPL-2.1"},
		"notice":   {map[string]string{"NOTICE": "Copyright X"}, "has no licence"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for name, text := range row.files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			n := notices{}
			if err := n.add("example.com/m", "v1.0.0", folder, "."); err != nil {
				t.Fatal(err)
			}
			if err := n.judge(); err == nil || !strings.Contains(err.Error(), "example.com/m v1.0.0: "+row.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A licence in a folder below the root holds for what is linked from there.
func TestLicenceBelowTheRoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LICENSE", "a/LICENSE.txt", "a/license.go"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n := notices{}
	for _, below := range []string{"a/b", "a", "."} { // and once each, though packages share them
		if err := n.add("m", "v1", root, below); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, text := range sorted(n["m"].texts) {
		got = append(got, text.name)
	}
	if strings.Join(got, " ") != "LICENSE a/LICENSE.txt" {
		t.Errorf("got %v", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		o    options
		want string
	}{
		"a v":               {options{version: "v1.2.3"}, `"v1.2.3" is not a version: write it as 1.2.3`},
		"two numbers":       {options{version: "1.2"}, `"1.2" is not a version`},
		"an option for git": {options{version: "--exec=x"}, `"--exec=x" is not a version`},
		"two":               {options{version: "2.0.0"}, "has to end in /v2 first"},
		"someone's folder":  {options{out: full}, "is not empty, and no release is in it"},
		"no repository":     {options{repository: filepath.Join(full, "none")}, "git clone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.o.log = io.Discard
			if row.o.out == "" {
				row.o.out = filepath.Join(t.TempDir(), "dist")
			}
			if err := run(t.Context(), row.o); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
	if _, err := parseTarget("plan9/amd64"); err == nil {
		t.Error("plan9/amd64 is built for")
	}
	if _, err := os.Stat(filepath.Join(full, "thesis.tex")); err != nil {
		t.Error(err)
	}
}

var (
	uses  = regexp.MustCompile(`(?m)^\s*(?:- )?uses: (\S+)`)
	major = regexp.MustCompile(`^[\w.-]+/[\w./-]+@v\d+$`)
)

// TestWorkflows has actionlint look at them, and sees that no job is given more by leaving it out.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	if said := say(t, "go", append([]string{"tool", "actionlint", "-no-color"}, files...)...); said != "" {
		t.Error(said)
	}
	for _, name := range files {
		text := read(t, name)
		if !regexp.MustCompile(`(?m)^permissions:( \{\}|\n  contents: read)$`).MatchString(text) {
			t.Errorf("%s: a job that says nothing has more than it needs", name)
		}
		for _, found := range uses.FindAllStringSubmatch(text, -1) {
			if !major.MatchString(found[1]) {
				t.Errorf("%s: %s is of no certain version", name, found[1])
			}
		}
		if strings.Count(text, "actions/checkout@") != strings.Count(text, "persist-credentials: false") {
			t.Errorf("%s: a checkout leaves its token lying around", name)
		}
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("linux/*.sh")
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, name := range append(files, "bundle/launch.sh") {
		say(t, "sh", "-n", name)
	}
	say(t, "bash", "-n", "../scripts/release")
}
