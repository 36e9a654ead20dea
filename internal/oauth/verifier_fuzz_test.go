package oauth

import (
	"errors"
	"strings"
	"testing"
)

// FuzzVerify has nothing let in but the very tokens that were signed.
func FuzzVerify(f *testing.F) {
	i := newIssuer(f)
	v := i.verifier(f)
	good := sign(f, i.person())
	parts := strings.Split(good, ".")
	f.Add(parts[0], parts[1], parts[2])
	f.Add(encoded(`{"alg":"none","typ":"JWT","kid":"one"}`), parts[1], "")
	f.Add(parts[0], encoded(`{"tid":"`+ourTenant+`","aud":["`+ourAudience+`"]}`), parts[2])
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, head, claims, signature string) {
		for _, token := range []string{head + "." + claims + "." + signature, encoded(head) + "." + encoded(claims) + "." + signature} {
			_, err := v.Verify(t.Context(), token)
			if (err == nil) != (token == good) {
				t.Fatalf("%q: %v", token, err)
			}
			if _, ok := errors.AsType[*Refused](err); err != nil && !ok {
				t.Fatalf("%q: %v is no refusal", token, err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	i := newIssuer(b)
	token := sign(b, i.person())
	b.Run("seen before", func(b *testing.B) {
		v := i.verifier(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		v := i.verifier(b)
		b.ReportAllocs()
		for b.Loop() {
			v.seen = newSeen(1)
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
