package main

import (
	"context"
	"os"
	"path/filepath"
)

// stageImage lays out what the container image is built from: the same programs that the archives have.
func (r *release) stageImage(context.Context) error {
	for _, b := range r.builds {
		if b.os != "linux" {
			continue
		}
		folder := filepath.Join(r.stage, "image", b.arch)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, product), b.data, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, "THIRD_PARTY_NOTICES.txt"), r.notices.text(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
