package schema_test

import (
	"bytes"
	"runtime"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// The figures of Microsoft's documents, which MICROSOFT_GRAPH_METADATA names the folder of.

func BenchmarkParse(b *testing.B) {
	for name, text := range official(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			var m *schema.Model
			for b.Loop() {
				m = mustParse(b, text)
			}
			b.ReportMetric(float64(m.Size().Bytes), "model-bytes")
			b.ReportMetric(float64(peak(b, text)), "peak-bytes")
		})
	}
}

// peak returns what the heap has at most while a document is read, as the collector finds it each time that it has run, over
// what it had before.
func peak(b *testing.B, text []byte) uint64 {
	b.Helper()
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	before, most := stats.HeapAlloc, stats.HeapAlloc
	stop, done := make(chan struct{}), sync.WaitGroup{}
	done.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc)
			}
		}
	})
	mustParse(b, text)
	close(stop)
	done.Wait()
	return most - before
}

func mustParse(b *testing.B, text []byte) *schema.Model {
	b.Helper()
	m, err := schema.Parse(bytes.NewReader(text))
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func BenchmarkLoad(b *testing.B) {
	for name, text := range official(b) {
		b.Run(name, func(b *testing.B) {
			blob := stored(b, mustParse(b, text))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := schema.Load(blob); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLookUp(b *testing.B) {
	m := mustParse(b, official(b)["v1.0.xml"])
	b.Run("Type", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := m.Type("driveItem"); !ok {
				b.Fatal("no driveItem")
			}
		}
	})
	b.Run("Property", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := m.Property("microsoft.graph.user", "id"); !ok {
				b.Fatal("no id")
			}
		}
	})
	b.Run("Resolve", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.Resolve("/users/ada@contoso.com/drive/root:/a/b:/workbook/worksheets/{id}/range(address='A1:B2')/format"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unknown", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.Resolve("/users/ada@contoso.com/mesages"); err == nil {
				b.Fatal("no error")
			}
		}
	})
	b.Run("Paths", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for range m.Paths() {
			}
		}
	})
}

// The document of our own is small, and everybody has it.

func BenchmarkParseOwn(b *testing.B) {
	text := []byte(every(b))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		mustParse(b, text)
	}
}

func BenchmarkLoadOwn(b *testing.B) {
	blob := stored(b, mustParse(b, []byte(every(b))))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schema.Load(blob); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResolveOwn(b *testing.B) {
	m := mustParse(b, []byte(every(b)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Resolve("/users/microsoft.graph.librarian('ada')/desk"); err != nil {
			b.Fatal(err)
		}
	}
}
