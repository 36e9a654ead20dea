package catalog_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// official reads one of Microsoft's own documents, which is no part of this repository.
func official(tb testing.TB, name string) *schema.Model {
	tb.Helper()
	dir := os.Getenv("MICROSOFT_GRAPH_METADATA")
	if dir == "" {
		tb.Skip("MICROSOFT_GRAPH_METADATA names no folder with v1.0.xml and beta.xml")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	m, err := schema.Parse(f)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestFindInOfficial: what only the model has is found first where a request names it, and stays behind what the catalog
// describes where it does not.
func TestFindInOfficial(t *testing.T) {
	t.Parallel()
	m := official(t, "v1.0.xml")
	c := catalog.New()
	tests := []struct {
		request, want string
		live          bool
	}{
		{"cross tenant identity sync partner", "identitySynchronization", true},
		{"b2x identity user flows", "b2xUserFlows", true},
		{"educationRubric", "ubric", true},
		{"custom authentication extension", "customAuthenticationExtensions", true},
		{"synchronization template schema", "schema", true},
		{"unread mail", "/me/messages", false},
		{"delete a user", "/users/{user}", false},
		{"who reports to me", "/me/directReports", false},
		{"windows autopilot device identities", "windowsAutopilotDeviceIdentities", false},
		{"Kalender anzeigen", "alendar", false},
	}
	for _, test := range tests {
		hits := c.Find(catalog.Query{Text: test.request, Model: m, Version: "v1.0"})
		if len(hits) == 0 || !strings.Contains(hits[0].Operation.Path, test.want) || hits[0].Live != test.live {
			t.Errorf("Find(%s) = %v; want one with %s first", test.request, names(hits), test.want)
		}
	}
}

func BenchmarkFindWithModel(b *testing.B) {
	m := official(b, "v1.0.xml")
	c := catalog.New()
	c.Prepare(m)
	requests := requests()
	for i := 0; b.Loop(); i++ {
		c.Find(catalog.Query{Text: requests[i%len(requests)], Model: m, Version: "v1.0"})
	}
}

func heap() float64 {
	runtime.GC()
	runtime.GC() // what pools held back
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// BenchmarkPrepare measures how long the index of a model takes to build, and what it takes in memory.
func BenchmarkPrepare(b *testing.B) {
	m := official(b, "v1.0.xml")
	c := catalog.New()
	c.Find(catalog.Query{Text: "mail"})
	c.At("GET", "/me")
	before := heap()
	c.Prepare(m)
	size := heap() - before
	runtime.KeepAlive(c)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		c = catalog.New()
		c.Find(catalog.Query{Text: "mail"})
		c.At("GET", "/me")
		b.StartTimer()
		c.Prepare(m)
	}
	b.ReportMetric(size, "heap-B")
}
