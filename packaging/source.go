package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// released is what a version looks like. The go command calls a module of version 2 and up by a name of its own.
var released = regexp.MustCompile(`^[01]\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

// clone makes a clean copy of the commit, so that nothing is released that is not committed, and gives it the version as
// its tag: that is where the go command, and so the program, takes its version from.
func (r *release) clone(ctx context.Context) error {
	if r.version != "" && !released.MatchString(r.version) {
		return fmt.Errorf("%q is not a version: write it as 1.2.3 or 1.2.3-rc.1; from 2.0.0 on, the module's path has to end in /v2 first", r.version)
	}
	if _, err := r.command(ctx, "", "git", "clone", "--quiet", "--config", "core.autocrlf=false", "--", r.repository, r.source); err != nil {
		return err
	}
	seconds, err := r.git(ctx, "log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("the commit's time: %w", err)
	}
	r.time = time.Unix(unix, 0).UTC()
	if r.version == "" {
		return nil
	}
	tag := "v" + r.version
	if other, err := r.git(ctx, "rev-parse", "--verify", "--quiet", tag+"^{commit}"); err == nil {
		if head, err := r.git(ctx, "rev-parse", "HEAD"); err != nil || head != other {
			return fmt.Errorf("%s is the tag of another commit, %.12s: check that out, or choose another version", tag, other)
		}
	}
	here, err := r.git(ctx, "tag", "--points-at", "HEAD")
	if err != nil {
		return err
	}
	if here != "" { // of several tags, the go command takes the highest
		if _, err := r.git(ctx, append([]string{"tag", "--delete"}, strings.Fields(here)...)...); err != nil {
			return err
		}
	}
	_, err = r.git(ctx, "tag", "--no-sign", tag)
	return err
}

func (r *release) git(ctx context.Context, args ...string) (string, error) {
	said, err := r.command(ctx, r.source, "git", args...)
	return strings.TrimSpace(string(said)), err
}

// command runs a program with what makes builds differ taken out of the environment, and returns what it printed.
func (r *release) command(ctx context.Context, folder, name string, args ...string) ([]byte, error) {
	return runIn(ctx, folder, nil, append([]string{name}, args...))
}

// settled are the go command's settings that decide about bytes. A person's own must not get in.
func settled() []string {
	return []string{"CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off"}
}

func runIn(ctx context.Context, folder string, env, argv []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = folder
	cmd.Env = append(append(os.Environ(), settled()...), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, tail(said.String()+out.String(), 4000))
	}
	return out.Bytes(), nil
}

func tail(text string, most int) string { return text[max(0, len(text)-most):] }
