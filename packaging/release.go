package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// product is the name of the program, of its packages and of its archives.
const product = "microsoft-mcp-server"

// allTargets are the systems that a release is built for.
func allTargets() []string {
	return []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}
}

type options struct {
	repository string   // its HEAD is released, without what is not committed
	version    string   // without the v; empty for a trial, which calls itself by its commit
	out        string   // made anew
	targets    []string // OS/ARCH
	log        io.Writer
}

// release is what the steps share.
type release struct {
	options
	source  string    // a clean clone
	stage   string    // where the folder out grows until it is complete
	time    time.Time // of the commit, the time of everything that is packed
	builds  []build
	notices notices
	files   []file   // what every archive has beside the program
	names   []string // what was made, in the order of making
}

// run makes the folder out. What was there is replaced if an earlier run made it; a run that fails leaves it as it was.
func run(ctx context.Context, o options) error {
	if err := mayReplace(o.out); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", product+"-release-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	r := &release{options: o, source: filepath.Join(work, "source"), stage: filepath.Join(work, "dist")}
	if err := os.Mkdir(r.stage, 0o755); err != nil {
		return err
	}
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"source", r.clone}, {"programs", r.compile}, {"notices", r.collectNotices}, {"completions, man pages", r.collectFiles},
		{"archives", r.pack}, {"SBOMs", r.describe}, {"deb, rpm", r.packLinux}, {"desktop extension", r.packBundle},
		{"manifests", r.writeManifests}, {"image", r.stageImage}, {"checksums", r.sum},
	}
	began := time.Now()
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		r.logf("%6.1f s  %s", time.Since(began).Seconds(), step.name)
	}
	if err := os.RemoveAll(o.out); err != nil {
		return err
	}
	return os.CopyFS(o.out, os.DirFS(r.stage))
}

// mayReplace guards a folder that somebody else filled.
func mayReplace(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == sumsName }) {
		return fmt.Errorf("%s is not empty, and no release is in it: name another folder with -out", out)
	}
	return nil
}

func (r *release) logf(format string, args ...any) { fmt.Fprintf(r.log, format+"\n", args...) }

// publish writes a file of the release.
func (r *release) publish(name string, data []byte) error {
	r.names = append(r.names, name)
	return os.WriteFile(filepath.Join(r.stage, name), data, 0o644)
}

// artifact is the name of a target's file: microsoft-mcp-server_1.2.3_linux_amd64 and what follows.
func (r *release) artifact(t target, suffix string) string {
	return strings.Join([]string{product, r.version, t.os, t.arch}, "_") + suffix
}
