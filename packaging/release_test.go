package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// trial is a version that nobody will release.
const trial = "0.0.1-trial.1"

// made is a release for the machine of the test, in a folder.
type made struct {
	folder string
	here   target
}

func (m made) name(suffix string) string {
	return strings.Join([]string{product, trial, m.here.os, m.here.arch}, "_") + suffix
}

func (m made) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(m.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRelease builds what is committed for one system, and looks at all that comes out.
func TestRelease(t *testing.T) {
	t.Parallel()
	here := target{"linux", runtime.GOARCH}
	if _, err := parseTarget(here.os + "/" + here.arch); err != nil || runtime.GOOS != "linux" {
		t.Skip("what is built has to run here, and dpkg to look at it")
	}
	m := made{filepath.Join(t.TempDir(), "dist"), here}
	if kept := os.Getenv("PACKAGING_DIST"); kept != "" { // for whoever wants to try it afterwards
		m.folder = kept
	}
	o := options{repository: "..", version: trial, out: m.folder, targets: []string{"linux/" + here.arch}, log: t.Output()}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for name, check := range map[string]func(*testing.T, made){
		"checksums": checkSums, "archive": checkArchive, "archive again": checkReproduced, "deb": checkDeb, "rpm": checkRPM,
		"extension": checkBundle, "SBOM": checkSBOM,
	} {
		t.Run(name, func(t *testing.T) { check(t, m) })
	}
}

// checkSums: whoever holds a file against SHA256SUMS finds it there, and right.
func checkSums(t *testing.T, m made) {
	var names []string
	for line := range strings.Lines(string(m.read(t, sumsName))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		names = append(names, name)
		if got := sha256Of(m.read(t, name)); got != sum {
			t.Errorf("%s has %s, and not %s", name, got, sum)
		}
	}
	entries, err := os.ReadDir(m.folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name() != sumsName && !slices.Contains(names, e.Name()) {
			t.Errorf("%s has no checksum", e.Name())
		}
	}
}

// untar returns an archive's files by name, without the folder that all of them have to be in.
func untar(t *testing.T, data []byte, folder string) map[string]file {
	t.Helper()
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]file{}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		name, inside := strings.CutPrefix(header.Name, folder+"/")
		if !inside || !filepath.IsLocal(name) || header.Typeflag != tar.TypeReg || header.Uid != 0 {
			t.Errorf("%s: outside of its folder, no file, or not root's", header.Name)
		}
		out[name] = file{name, header.FileInfo().Mode(), data}
	}
}

func checkArchive(t *testing.T, m made) {
	files := untar(t, m.read(t, m.name(".tar.gz")), m.name(""))
	for _, want := range []string{"LICENSE", "README.md", "THIRD_PARTY_NOTICES.txt", "config.example.toml", "docs/server.md",
		"configs/server.toml", "completions/_" + product, "completions/" + product + ".ps1"} {
		if len(files[want].data) == 0 || files[want].mode != 0o644 {
			t.Errorf("%s: %d bytes, %v", want, len(files[want].data), files[want].mode)
		}
	}
	program := files[product]
	if program.mode != 0o755 {
		t.Errorf("the program has %v", program.mode)
	}
	at := filepath.Join(t.TempDir(), product)
	if err := os.WriteFile(at, program.data, 0o755); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(at, "version").CombinedOutput()
	if err != nil || strings.TrimSpace(string(said)) != trial {
		t.Errorf("the program says %q, %v", said, err)
	}
	for name := range files {
		if strings.Contains(name, "check/") {
			t.Errorf("%s is a test", name)
		}
	}
	if bytes.Contains(program.data, []byte(m.folder)) || bytes.Contains(program.data, []byte(filepath.Dir(m.folder))) {
		t.Error("the program knows where it was built")
	}
}

// checkReproduced builds an archive once more, in another folder. That another machine gets the same, release.yml sees.
func checkReproduced(t *testing.T, m made) {
	work := t.TempDir()
	r := &release{source: filepath.Join(work, "elsewhere"), stage: filepath.Join(work, "dist"),
		options: options{repository: "..", version: trial, targets: []string{m.here.os + "/" + m.here.arch}, log: io.Discard}}
	if err := os.Mkdir(r.stage, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func(context.Context) error{r.clone, r.compile, r.collectNotices, r.collectFiles, r.pack} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	again, err := os.ReadFile(filepath.Join(r.stage, m.name(".tar.gz")))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, m.read(t, m.name(".tar.gz"))) {
		first := untar(t, m.read(t, m.name(".tar.gz")), m.name(""))
		for name, f := range untar(t, again, m.name("")) {
			if !bytes.Equal(f.data, first[name].data) {
				t.Errorf("%s differs", name)
			}
		}
		t.Error("the archive differs when it is built again")
	}
}

func checkSBOM(t *testing.T, m made) {
	bom := new(cyclonedx.BOM)
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(m.read(t, m.name(".cdx.json"))), cyclonedx.BOMFileFormatJSON).Decode(bom); err != nil {
		t.Fatal(err)
	}
	if got := bom.Metadata.Component.Version; got != "v"+trial {
		t.Errorf("it describes %q", got)
	}
	seen := map[string]bool{}
	for _, c := range *bom.Components {
		seen[c.Name] = true
		if c.Licenses == nil || len(*c.Licenses) == 0 {
			t.Errorf("%s has no licence", c.Name)
		}
	}
	for _, want := range []string{"std", "github.com/mark3labs/mcp-go", "github.com/spf13/cobra"} {
		if !seen[want] {
			t.Errorf("%s is missing", want)
		}
	}
	if bom.SpecVersion != cyclonedx.SpecVersion1_6 {
		t.Errorf("it is of version %s", bom.SpecVersion)
	}
}
