package tools_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func readResource(t *testing.T, name, value string, profiles ...*tools.Profile) (string, error) {
	t.Helper()
	for _, r := range tools.Resources() {
		if r.Name == name {
			return r.Read(t.Context(), profiles, value)
		}
	}
	t.Fatalf("there is no resource %s", name)
	return "", nil
}

// One identity that gets no token takes nothing from the others, in whatever order they stand.
func TestProfilesAreAskedSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hangs := func(name string) *tools.Profile {
			p := asker(nil)
			p.Name, p.Status = name, func(ctx context.Context) (tools.Status, error) {
				<-ctx.Done()
				return tools.Status{}, ctx.Err()
			}
			return p
		}
		takes := asker(nil)
		takes.Name, takes.Status = "good", func(ctx context.Context) (tools.Status, error) {
			select {
			case <-time.After(time.Second):
				return tools.Status{Permissions: []string{"Mail.Read"}, Account: "ada@contoso.com"}, nil
			case <-ctx.Done():
				return tools.Status{}, ctx.Err()
			}
		}
		began := time.Now()
		text, err := readResource(t, "profile", "", hangs("slow"), hangs("slower"), takes)
		if err != nil || !strings.Contains(text, `"account":"ada@contoso.com"`) || strings.Count(text, `"authenticated":true`) != 1 ||
			strings.Index(text, `"slow"`) > strings.Index(text, `"good"`) {
			t.Errorf("got %s, %v", text, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestProfilesAreForThoseWhoMaySeeTheirStatus(t *testing.T) {
	t.Parallel()
	p := asker(nil)
	p.Tools = []string{"microsoft_graph"}
	for _, r := range tools.Resources() {
		if r.Name == "profile" && (r.Usable == nil || r.Usable(p) || !r.Usable(asker(nil))) {
			t.Error("the profile is shown where get_auth_status is not to be used, or not where it is")
		}
	}
}

// A resource has an URI, and no parameters.
func TestResourceErrorsSpeakOfResources(t *testing.T) {
	t.Parallel()
	remote := asker(schemas{})
	remote.Remote = true
	for _, tt := range []struct {
		value   string
		profile *tools.Profile
		want    string
	}{
		{"mesage", asker(smallGraph(t)), "graph://schema/mesage: there is no such type; did you mean message?"},
		{"zzqq", asker(smallGraph(t)), "there is no such type; types are named as in"},
		{"zzqq", asker(schemas{}), "the network is down; graph://catalog/"},
		{"zzqq", remote, "the server's log says why"},
	} {
		_, err := readResource(t, "schema", tt.value, tt.profile)
		var wrong *tools.ResourceError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.value, err, tt.want)
			continue
		}
		for _, word := range []string{"parameter", "query", "limit"} {
			if strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v speaks of %s", tt.value, err, word)
			}
		}
	}
	if text, err := readResource(t, "schema", "user", asker(manyOf(t, 5_000, 2))); err != nil || strings.Contains(text, "limit") || !strings.Contains(text, " more") {
		t.Errorf("a large type ends with %s, %v", text[max(0, len(text)-100):], err)
	}
}
