package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed templates
var templates embed.FS

// errUnfilled is for a text that names something this release does not have.
var errUnfilled = errors.New("nothing to fill in")

var placeholder = regexp.MustCompile(`@[A-Z0-9_]+@`)

// fill puts values in the places of a text that are marked as @NAME@.
func fill(text []byte, values map[string]string) ([]byte, error) {
	var missing []string
	out := placeholder.ReplaceAllStringFunc(string(text), func(place string) string {
		value, ok := values[strings.Trim(place, "@")]
		if !ok {
			missing = append(missing, place)
		}
		return value
	})
	if missing != nil {
		return nil, fmt.Errorf("%w for %s", errUnfilled, strings.Join(slices.Compact(missing), ", "))
	}
	return []byte(out), nil
}

// values are what the texts of a release may name: the version, what name and value add, and the checksum of each target's
// archive, and of the desktop extension, as far as they have been made.
func (r *release) values(more ...string) map[string]string {
	out := map[string]string{"VERSION": r.version}
	for pair := range slices.Chunk(more, 2) {
		out[pair[0]] = pair[1]
	}
	for _, name := range r.names {
		data, err := os.ReadFile(filepath.Join(r.stage, name))
		if err != nil {
			continue // named, and so it exists; a place for it would stay unfilled, which is an error
		}
		for _, b := range r.builds {
			if name == r.artifact(b.target, ".tar.gz") || name == r.artifact(b.target, ".zip") {
				out[strings.ToUpper("SHA256_"+b.os+"_"+b.arch)] = sha256Of(data)
			}
		}
		if name == r.bundleName() {
			out["SHA256_BUNDLE"] = sha256Of(data)
		}
	}
	return out
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// writeManifests writes what package managers and the MCP registry read. One that names what was not built is left out.
func (r *release) writeManifests(context.Context) error {
	values := r.values()
	for _, m := range []struct{ from, to string }{
		{"server.json", "server.json"}, {"homebrew.rb", product + ".rb"}, {"scoop.json", product + ".json"},
	} {
		text, err := templates.ReadFile("templates/" + m.from)
		if err != nil {
			return err
		}
		filled, err := fill(text, values)
		if errors.Is(err, errUnfilled) {
			r.logf("          (no %s: %v)", m.to, err)
			continue
		}
		if err != nil {
			return err
		}
		if err := r.publish(m.to, filled); err != nil {
			return err
		}
	}
	return nil
}

// sumsName is the file of checksums, in the form that sha256sum --check reads.
const sumsName = "SHA256SUMS"

func (r *release) sum(context.Context) error {
	var out strings.Builder
	for _, name := range slices.Sorted(slices.Values(r.names)) {
		data, err := os.ReadFile(filepath.Join(r.stage, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s  %s\n", sha256Of(data), name)
	}
	return r.publish(sumsName, []byte(out.String()))
}
