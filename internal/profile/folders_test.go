package profile_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func TestFolders(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for _, row := range []struct {
		name, lines, home string
		want              []string
	}{
		{"the default is a folder of our own", "", home, []string{filepath.Join(home, "Downloads", "microsoft-mcp-server")}},
		{"none without a home", "", "", nil},
		{"none beside a home that is not absolute", "", "ada", nil},
		{"an empty list allows none", "folders = []\n", home, nil},
		{"home and file's folder", `folders = ["~/work", "here"]` + "\n", home, []string{filepath.Join(home, "work"), "here"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, person+row.lines)
			c, err := profile.Load(profile.Options{File: path, Getenv: func(name string) string {
				if name == "HOME" {
					return row.home
				}
				return ""
			}})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, folder := range row.want {
				if !filepath.IsAbs(folder) {
					folder = filepath.Join(filepath.Dir(path), folder)
				}
				want = append(want, folder)
			}
			if diff := cmp.Diff(want, c.Profiles[0].Folders); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
