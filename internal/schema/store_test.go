package schema_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

func TestStoreFetches(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(every(t)))
	dir := filepath.Join(t.TempDir(), "new", "folder")
	f := newStore(t, dir, false)
	if m := f.Model(s.source()); m != nil {
		t.Error("there is a model before there was an answer")
	}
	m, err := f.Wait(t.Context(), s.source())
	if err != nil {
		t.Fatal(err)
	}
	if got := kindOf(t, m, "/me"); got != "microsoft.graph.person" {
		t.Errorf("got %s", got)
	}
	status := f.settle(t, s.source())
	if !status.Fetched.Equal(f.clock.now()) || status.Failure != nil || status.Size.Types != 19 {
		t.Errorf("got %+v", status)
	}
	for range 3 {
		if f.Model(s.source()) != m {
			t.Error("it is another model")
		}
	}
	r := s.seen[0]
	got := []string{r.Method, r.URL.Path, r.Header.Get("Accept"), r.Header.Get("Accept-Encoding"), r.Header.Get("User-Agent"), r.Header.Get("Authorization")}
	if diff := cmp.Diff([]string{"GET", "/v1.0/$metadata", "application/xml", "gzip", "test/1", ""}, got); diff != "" || s.calls() != 1 {
		t.Errorf("%d calls: %s", s.calls(), diff)
	}
	checkFiles(t, dir)

	// Another program finds it there, and needs no network.
	s.Close()
	other := newStore(t, dir, false)
	if got := kindOf(t, other.Model(s.source()), "/me"); got != "microsoft.graph.person" {
		t.Errorf("got %s", got)
	}
	if status := other.Status(s.source()); status.Fetching || !status.Fetched.Equal(f.clock.now()) {
		t.Errorf("got %+v", status)
	}
}

// checkFiles holds that a folder has one model, for nobody else to read.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %v, %v", entries, err)
	}
	info, err := entries[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if onUnix && info.Mode().Perm() != 0o600 || !strings.HasSuffix(info.Name(), "_v1.0.schema") {
		t.Errorf("got %s %v", info.Name(), info.Mode())
	}
	if parent, err := os.Stat(dir); err != nil || onUnix && parent.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v", parent.Mode(), err)
	}
}

const onUnix = filepath.Separator == '/'

func TestStoreRenews(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(10)))
	f := newStore(t, t.TempDir(), false)
	first, err := f.Wait(t.Context(), s.source())
	if err != nil {
		t.Fatal(err)
	}
	f.settle(t, s.source())
	s.now(xml(small(12)))
	f.clock.forward(6 * 24 * time.Hour)
	if f.Model(s.source()); f.Status(s.source()).Fetching {
		t.Error("it is renewed after six days")
	}
	f.clock.forward(2 * 24 * time.Hour)
	if f.Model(s.source()) != first {
		t.Error("what is old is not used until there is something newer")
	}
	if status := f.settle(t, s.source()); !status.Fetched.Equal(f.clock.now()) || status.Size.Types != 12 || s.calls() != 2 {
		t.Errorf("got %+v, %d calls", status, s.calls())
	}
}

// TestStoreKeepsWhatIsGood has a service that sends all that is not a schema. The model that is there stays, and what was
// fetched before is what another program finds.
func TestStoreKeepsWhatIsGood(t *testing.T) {
	t.Parallel()
	elsewhere := newService(t, xml(small(20)))
	for _, test := range []struct {
		name  string
		serve http.HandlerFunc
		want  string
	}{
		{"a fault", status(500, ""), "answers with 500"},
		{"throttled", status(429, "600"), "answers with 429"},
		{"not there", status(404, ""), "answers with 404"},
		{"a proxy's page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>sign in</html>")
		}, `is "text/html", not XML`},
		{"a page that says that it is XML", xml("<html/>"), "HTML page"},
		{"nothing", xml(""), "it is empty"},
		{"cut short", func(w http.ResponseWriter, _ *http.Request) {
			text := small(20)
			w.Header().Set("Content-Type", "application/xml")
			w.Header().Set("Content-Length", "5000")
			io.WriteString(w, text[:len(text)-5])
		}, "ends in the middle"},
		{"malformed", xml("<Edmx><DataServices></Edmx>"), "no well-formed XML"},
		{"no roots", xml(document(`<EntityType Name="person"/><EntityContainer/>`)), "neither users nor me"},
		{"types that are lost", xml(document(`<EntityType Name="person" BaseType="graph.gone"/><EntityContainer><Singleton Name="me" Type="graph.person"/></EntityContainer>`)), "uses 1 types that it does not have"},
		{"half of the types", xml(small(4)), "it has 4 types, the schema that is there has 10"},
		{"not compressed as it says", encoded("gzip", []byte("<Edmx/>")), "not compressed as it says"},
		{"compressed in another way", encoded("br", []byte("<Edmx/>")), "a way that was not asked for"},
		{"a bomb", encoded("gzip", bomb(t)), "one element has more than 1 MiB"},
		{"damaged on its way", encoded("gzip", damaged(zipped(t, small(20)))), "checksum"},
		{"a redirect to another host", redirect(elsewhere.URL), "redirects to another host"},
		{"a redirect without TLS", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+r.URL.Path, http.StatusFound)
		}, "redirects to another host"},
		{"a redirect to itself", redirect(""), "redirects to another host, or too often"},
		{"hung up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "there was no answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, xml(small(10)))
			dir := t.TempDir()
			f := newStore(t, dir, false)
			good, err := f.Wait(t.Context(), s.source())
			if err != nil {
				t.Fatal(err)
			}
			before := f.settle(t, s.source())
			s.now(test.serve)
			f.clock.forward(8 * 24 * time.Hour)
			f.Model(s.source())
			after := f.settle(t, s.source())
			if after.Failure == nil || !strings.Contains(after.Failure.Error(), test.want) {
				t.Errorf("got %v, want %q", after.Failure, test.want)
			}
			var failed *schema.FetchError
			if !errors.As(after.Failure, &failed) || failed.Hint() == "" {
				t.Errorf("got %T", after.Failure)
			}
			if f.Model(s.source()) != good || !after.Fetched.Equal(before.Fetched) || !strings.Contains(f.log.String(), "could not be fetched") {
				t.Errorf("got %+v, log %s", after, f.log)
			}
			if other := newStore(t, dir, true); other.Status(s.source()).Size != before.Size {
				t.Error("what is stored is something else")
			}
			// Without a model, it is the same failure that Wait tells.
			empty := newStore(t, "", false)
			_, err = empty.Wait(t.Context(), s.source())
			var none *schema.UnavailableError
			if test.name != "half of the types" && (!errors.As(err, &none) || !strings.Contains(err.Error(), test.want) || none.Hint() == "") {
				t.Errorf("got %v", err)
			}
		})
	}
	if elsewhere.calls() != 0 {
		t.Error("another host was asked")
	}
}

func TestStoreReadsCompressed(t *testing.T) {
	t.Parallel()
	s := newService(t, encoded("gzip", zipped(t, every(t))))
	if m, err := newStore(t, "", false).Wait(t.Context(), s.source()); err != nil || kindOf(t, m, "/me") == "" {
		t.Error(err)
	}
}

func TestStoreFollowsItsOwnHost(t *testing.T) {
	t.Parallel()
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			xml(small(3))(w, r)
			return
		}
		http.Redirect(w, r, "/moved", http.StatusFound)
	})
	if _, err := newStore(t, "", false).Wait(t.Context(), s.source()); err != nil {
		t.Error(err)
	}
}

// TestStorePauses has a service that fails, and counts how often it is asked.
func TestStorePauses(t *testing.T) {
	t.Parallel()
	s := newService(t, status(500, ""))
	f := newStore(t, "", false)
	for i, pause := range []time.Duration{time.Minute, 5 * time.Minute, 25 * time.Minute, 125 * time.Minute, 6 * time.Hour, 6 * time.Hour} {
		f.Model(s.source())
		f.settle(t, s.source())
		if s.calls() != i+1 {
			t.Fatalf("%d calls, want %d", s.calls(), i+1)
		}
		f.clock.forward(pause - time.Second)
		if f.Model(s.source()); f.Status(s.source()).Fetching {
			t.Fatalf("it is asked again within %v", pause)
		}
		f.clock.forward(time.Second)
	}
	s.now(status(429, "90000"))
	f.Model(s.source())
	f.settle(t, s.source())
	f.clock.forward(24*time.Hour - time.Second) // never longer than a day
	if f.Model(s.source()); f.Status(s.source()).Fetching {
		t.Error("it does not wait as long as it was asked to")
	}
	f.clock.forward(time.Second)
	s.now(xml(small(3)))
	if _, err := f.Wait(t.Context(), s.source()); err != nil {
		t.Error(err)
	}
	if status := f.settle(t, s.source()); status.Failure != nil {
		t.Errorf("got %v", status.Failure)
	}
}
