package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// describe writes for each program what it is made of, as CycloneDX. cyclonedx-gomod reads it out of the program itself;
// the licences are ours, since it would have to guess them.
func (r *release) describe(ctx context.Context) error {
	here, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	for _, b := range r.builds {
		argv := []string{"go", "tool", "cyclonedx-gomod", "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", "v" + r.version, b.path}
		said, err := runIn(ctx, here, nil, argv)
		if err != nil {
			return err
		}
		bom := new(cyclonedx.BOM)
		if err := cyclonedx.NewBOMDecoder(bytes.NewReader(said), cyclonedx.BOMFileFormatJSON).Decode(bom); err != nil {
			return err
		}
		r.complete(bom)
		var out bytes.Buffer
		if err := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom); err != nil {
			return err
		}
		if err := r.publish(r.artifact(b.target, ".cdx.json"), out.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// complete adds when and what was built, and licences, and drops the tool's own checksums: they differ with the machine that
// compiled the tool.
func (r *release) complete(bom *cyclonedx.BOM) {
	bom.Metadata.Timestamp = r.time.Format("2006-01-02T15:04:05Z")
	bom.Metadata.Component.Licenses = licences([]string{"MIT"})
	if tools := bom.Metadata.Tools; tools != nil && tools.Tools != nil {
		for i := range *tools.Tools {
			(*tools.Tools)[i].Hashes = nil
		}
	}
	if bom.Components == nil {
		return
	}
	for i := range *bom.Components {
		c := &(*bom.Components)[i]
		if one := r.notices[strings.TrimSpace(c.Name)]; one != nil {
			c.Licenses = licences(one.licences)
		}
	}
}

func licences(names []string) *cyclonedx.Licenses {
	out := cyclonedx.Licenses{}
	for _, name := range names {
		out = append(out, cyclonedx.LicenseChoice{License: &cyclonedx.License{ID: name}})
	}
	return &out
}
