package entra

import (
	"context"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
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

// warmUser returns a person's identity that holds a token, without any authority or vault.
func warmUser(tb testing.TB) (*User, Request) {
	tb.Helper()
	r := Request{Audience: "https://graph.example"}
	u, err := NewUser(Config{Authority: "https://login.example", TenantID: "t", ClientID: "c", Scopes: []string{"User.Read"},
		Audiences: []string{r.Audience}, HTTP: &http.Client{}}, Person{Vault: &vaulttest.Memory{}, Key: "k"})
	if err != nil {
		tb.Fatal(err)
	}
	u.holders[r.Audience] = &holder{token: newToken("held", "", time.Now(), time.Hour, 0)}
	return u, r
}

func TestHeldTokenCostsNoAllocation(t *testing.T) {
	app, r := warm(t)
	user, _ := warmUser(t)
	r.Rejected = "another"
	for name, token := range map[string]func(context.Context, Request) (string, error){"app": app.Token, "person": user.Token} {
		// The count is the whole process's: what another test left running in the background adds to it, at times.
		least := math.Inf(1)
		for try := 0; try < 50 && least > 0; try++ {
			least = min(least, testing.AllocsPerRun(100, func() {
				if token, err := token(t.Context(), r); token != "held" || err != nil {
					t.Fatal(token, err)
				}
			}))
		}
		if least != 0 {
			t.Errorf("%s: at least %v allocations, want none", name, least)
		}
	}
}

func BenchmarkPersonsHeldToken(b *testing.B) {
	user, r := warmUser(b)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := user.Token(ctx, r); err != nil {
			b.Fatal(err)
		}
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
