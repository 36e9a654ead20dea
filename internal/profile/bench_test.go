package profile_test

import (
	"path/filepath"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// BenchmarkLoad reads the configurations that we show, as every start does.
func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"desktop", "server"} {
		b.Run(name, func(b *testing.B) {
			file := filepath.Join("..", "..", "configs", name+".toml")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := profile.Load(profile.Options{File: file}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
