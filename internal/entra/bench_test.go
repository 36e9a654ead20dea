package entra

import (
	"net/http"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// warm returns an app that holds a token, without any authority.
func warm(tb testing.TB) (*App, Request) {
	tb.Helper()
	app, err := NewApp(Config{Authority: "https://login.example", TenantID: "t", ClientID: "c",
		HTTP: &http.Client{}}, ClientSecret(&source{text: secret.NewText("s")}))
	if err != nil {
		tb.Fatal(err)
	}
	r := Request{Audience: "https://graph.example"}
	app.holders[r.Audience] = &holder{token: newToken("held", "", time.Now(), time.Hour, 0)}
	return app, r
}

func TestHeldTokenCostsNoAllocation(t *testing.T) {
	app, r := warm(t)
	r.Rejected = "another"
	if got := testing.AllocsPerRun(100, func() {
		if token, err := app.Token(t.Context(), r); token != "held" || err != nil {
			t.Fatal(token, err)
		}
	}); got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

func BenchmarkHeldToken(b *testing.B) {
	app, r := warm(b)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := app.Token(ctx, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeldTokenInParallel(b *testing.B) {
	app, r := warm(b)
	ctx := b.Context()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := app.Token(ctx, r); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
