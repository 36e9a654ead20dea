package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // the formats that nfpm.Get finds
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

//go:embed linux/*.sh linux/unit-head
var linuxFiles embed.FS

const homepage = "https://github.com/sapientsai/microsoft-mcp-server"

// packLinux makes deb and rpm for each Linux that was built for.
func (r *release) packLinux(context.Context) error {
	for _, b := range r.builds {
		if b.os != "linux" {
			continue
		}
		for _, format := range []string{"deb", "rpm"} {
			if err := r.packOne(b, format); err != nil {
				return fmt.Errorf("%s for %s: %w", format, b.arch, err)
			}
		}
	}
	return nil
}

func (r *release) packOne(b build, format string) error {
	root := filepath.Join(filepath.Dir(r.stage), "root", format+"_"+b.arch)
	info := &nfpm.Info{Name: product, Arch: b.arch, Platform: "linux", Version: r.version, Section: "net", MTime: r.time,
		Maintainer: "The microsoft-mcp-server authors <noreply@github.com>", Vendor: "The microsoft-mcp-server authors",
		Homepage: homepage, License: "MIT",
		Description: "Microsoft Graph for MCP clients\nMicrosoft 365 and Azure for Claude, VS Code, Cursor, Codex and agents of your own: on a desktop over\nstandard input and output, or as a server over HTTP.",
	}
	info.RPM.BuildHost = "localhost"
	info.RPM.Summary = "Microsoft Graph for MCP clients"
	inside, err := r.linuxRoot(b, format)
	if err != nil {
		return err
	}
	for _, f := range inside {
		if info.Contents, err = place(info.Contents, root, f, r); err != nil {
			return err
		}
	}
	info.Contents = append(info.Contents, &files.Content{Destination: "/etc/" + product, Type: files.TypeDir,
		FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: 0o755, MTime: r.time}})
	for name, at := range map[string]*string{"postinstall": &info.Scripts.PostInstall, "preremove": &info.Scripts.PreRemove, "postremove": &info.Scripts.PostRemove} {
		if *at, err = unembed(root, name); err != nil {
			return err
		}
	}
	info = nfpm.WithDefaults(info)
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return err
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := packager.Package(info, &out); err != nil {
		return err
	}
	return r.publish(r.artifact(b.target, "."+format), out.Bytes())
}

// linuxRoot is what a package installs.
func (r *release) linuxRoot(b build, format string) ([]file, error) {
	doc := "usr/share/doc/" + product + "/"
	unit, err := r.unit()
	if err != nil {
		return nil, err
	}
	copyright := bytes.Join([][]byte{r.named("LICENSE"), r.named("THIRD_PARTY_NOTICES.txt")}, []byte("\n"))
	out := []file{
		{"usr/bin/" + product, 0o755, b.data},
		{"usr/lib/systemd/system/" + product + ".service", 0o644, unit},
		{doc + "copyright", 0o644, copyright},
		{"usr/share/bash-completion/completions/" + product, 0o644, r.named("completions/" + product + ".bash")},
		{"usr/share/fish/vendor_completions.d/" + product + ".fish", 0o644, r.named("completions/" + product + ".fish")},
	}
	zsh := map[string]string{"deb": "usr/share/zsh/vendor-completions/", "rpm": "usr/share/zsh/site-functions/"}
	out = append(out, file{zsh[format] + "_" + product, 0o644, r.named("completions/_" + product)})
	for _, name := range []string{"README.md", "CHANGELOG.md", "SECURITY.md", "config.example.toml", "configs/server.toml",
		"docs/clients.md", "docs/configuration.md", "docs/moving.md", "docs/server.md", "docs/tools.md"} {
		out = append(out, file{doc + path.Base(name), 0o644, r.named(name)})
	}
	for _, page := range r.starting("man/") {
		packed, err := gzipped(page.data)
		if err != nil {
			return nil, err
		}
		section := strings.TrimPrefix(path.Ext(page.name), ".")
		out = append(out, file{"usr/share/man/man" + section + "/" + path.Base(page.name) + ".gz", 0o644, packed})
	}
	return out, nil
}

// unit is the systemd unit of configs/, for a program in /usr/bin and with a head that says what is still to do.
func (r *release) unit() ([]byte, error) {
	head, err := linuxFiles.ReadFile("linux/unit-head")
	if err != nil {
		return nil, err
	}
	_, body, found := strings.Cut(string(r.named("configs/"+product+".service")), "[Unit]\n")
	const local, packed = "/usr/local/bin/", "/usr/bin/"
	if !found || strings.Count(body, local) != 1 {
		return nil, errors.New("the unit in configs/ has no [Unit] or not one path of the program: adapt packaging to it")
	}
	return append(head, "[Unit]\n"+strings.Replace(body, local, packed, 1)...), nil
}

// place writes a file below root, from where nfpm takes it.
func place(contents files.Contents, root string, f file, r *release) (files.Contents, error) {
	if len(f.data) == 0 {
		return nil, fmt.Errorf("%s is empty", f.name)
	}
	at := filepath.Join(root, filepath.FromSlash(f.name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(at, f.data, f.mode); err != nil {
		return nil, err
	}
	return append(contents, &files.Content{Source: at, Destination: "/" + f.name,
		FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: f.mode, MTime: r.time}}), nil
}

func unembed(root, name string) (string, error) {
	text, err := linuxFiles.ReadFile("linux/" + name + ".sh")
	if err != nil {
		return "", err
	}
	at := filepath.Join(root, name)
	return at, os.WriteFile(at, text, 0o755)
}
