package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

type target struct{ os, arch string }

func parseTarget(name string) (target, error) {
	system, arch, ok := strings.Cut(name, "/")
	if !ok || !strings.Contains(" "+strings.Join(allTargets(), " ")+" ", " "+name+" ") {
		return target{}, fmt.Errorf("%q is not one of %s", name, strings.Join(allTargets(), ", "))
	}
	return target{system, arch}, nil
}

func (t target) program() string {
	if t.os == "windows" {
		return product + ".exe"
	}
	return product
}

func (t target) env() []string { return []string{"GOOS=" + t.os, "GOARCH=" + t.arch} }

// build is a program that was built.
type build struct {
	target
	path string
	data []byte
}

// compile builds the program for each target, and sees that it carries the version that is released.
func (r *release) compile(ctx context.Context) error {
	for _, name := range r.targets {
		t, err := parseTarget(name)
		if err != nil {
			return err
		}
		b, err := r.compileFor(ctx, t)
		if err != nil {
			return err
		}
		r.builds = append(r.builds, b)
	}
	if len(r.builds) == 0 {
		return fmt.Errorf("nothing to build for: name one of %s", strings.Join(allTargets(), ", "))
	}
	for _, b := range r.builds {
		if err := r.checkVersion(b); err != nil {
			return err
		}
	}
	return nil
}

// compileFor keeps the folder's name out of the program, and of the rest of its surroundings lets in the commit alone.
func (r *release) compileFor(ctx context.Context, t target) (build, error) {
	path := filepath.Join(filepath.Dir(r.stage), "bin", t.os+"_"+t.arch, t.program())
	argv := []string{"go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", path, "./cmd/" + product}
	if _, err := runIn(ctx, r.source, t.env(), argv); err != nil {
		return build{}, err
	}
	data, err := os.ReadFile(path)
	return build{target: t, path: path, data: data}, err
}

func (r *release) checkVersion(b build) error {
	info, err := buildinfo.ReadFile(b.path)
	if err != nil {
		return err
	}
	carried := strings.TrimPrefix(info.Main.Version, "v")
	if r.version == "" {
		r.version = carried
	}
	if carried != r.version {
		return fmt.Errorf("the program for %s/%s calls itself %q, and not %s", b.os, b.arch, carried, r.version)
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.modified" && s.Value != "false" {
			return fmt.Errorf("the source was changed while it was built")
		}
	}
	return nil
}

// host is a program that runs here, to ask it for its completions and man pages.
func (r *release) host(ctx context.Context) (string, error) {
	here := target{runtime.GOOS, runtime.GOARCH}
	for _, b := range r.builds {
		if b.target == here {
			return b.path, nil
		}
	}
	b, err := r.compileFor(ctx, here)
	return b.path, err
}

func (r *release) goVersion() (string, error) {
	info, err := buildinfo.ReadFile(r.builds[0].path)
	if err != nil {
		return "", err
	}
	return info.GoVersion, nil
}
