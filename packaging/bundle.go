package main

import (
	"context"
	"embed"
	"strings"
)

//go:embed bundle
var bundleFiles embed.FS

// packBundle makes the desktop extension: one file for macOS, Windows and Linux, of which a client starts the program that
// fits. Windows on arm64 runs the one for amd64.
func (r *release) packBundle(context.Context) error {
	systems := map[string]bool{}
	inside := []file{{"LICENSE", 0o644, r.named("LICENSE")}, {"THIRD_PARTY_NOTICES.txt", 0o644, r.named("THIRD_PARTY_NOTICES.txt")}}
	for _, b := range r.builds {
		name := "server/" + product + "-" + b.os + "-" + b.arch
		if b.os == "windows" {
			name = "server/" + b.program()
			if b.arch != "amd64" {
				continue
			}
		}
		inside = append(inside, file{name, 0o755, b.data})
		systems[b.os] = true
	}
	if len(systems) == 0 {
		r.logf("          (no desktop extension: none of its systems is built for)")
		return nil
	}
	for _, name := range []string{"manifest.json", "launch.sh", "changes-false.toml", "changes-true.toml"} {
		text, err := bundleFiles.ReadFile("bundle/" + name)
		if err != nil {
			return err
		}
		f := file{"server/" + name, 0o644, text}
		switch name {
		case "manifest.json":
			f.name = name
			if f.data, err = fill(text, r.values("PLATFORMS", platforms(systems))); err != nil {
				return err
			}
		case "launch.sh":
			f.mode = 0o755
		}
		inside = append(inside, f)
	}
	data, err := zipped(inside, r.time)
	if err != nil {
		return err
	}
	return r.publish(r.bundleName(), data)
}

func (r *release) bundleName() string { return product + "_" + r.version + ".mcpb" }

// platforms are the systems by the names that the extension's manifest has for them.
func platforms(systems map[string]bool) string {
	var out []string
	for _, s := range []struct{ ours, theirs string }{{"darwin", `"darwin"`}, {"windows", `"win32"`}, {"linux", `"linux"`}} {
		if systems[s.ours] {
			out = append(out, s.theirs)
		}
	}
	return strings.Join(out, ", ")
}
