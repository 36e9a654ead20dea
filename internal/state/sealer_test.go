package state

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func randomKey(t testing.TB) []byte {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	return key
}

func newSealer(t testing.TB, keys ...[]byte) *Sealer {
	t.Helper()
	s, err := NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealer(t *testing.T) {
	t.Parallel()
	s := RandomSealer()
	for _, plain := range [][]byte{nil, {}, []byte("x"), bytes.Repeat([]byte("long"), 10_000)} {
		one, two := s.Seal("grant", plain, []byte("grant/1")), s.Seal("grant", plain, []byte("grant/1"))
		if bytes.Equal(one, two) {
			t.Error("the same twice is sealed the same")
		}
		if len(plain) > 3 && bytes.Contains(one, plain[:4]) {
			t.Error("the plain text is in what is sealed")
		}
		got, err := s.Open("grant", one, []byte("grant/1"))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("of %d bytes: %d, %v", len(plain), len(got), err)
		}
	}
	sealed := s.Seal("grant", []byte("plain"), []byte("grant/1"))
	for name, open := range map[string]func() ([]byte, error){
		"other purpose":  func() ([]byte, error) { return s.Open("code", sealed, []byte("grant/1")) },
		"one as long":    func() ([]byte, error) { return s.Open("grand", sealed, []byte("grant/1")) },
		"no purpose":     func() ([]byte, error) { return s.Open("", sealed, []byte("grant/1")) },
		"other binding":  func() ([]byte, error) { return s.Open("grant", sealed, []byte("grant/2")) },
		"no binding":     func() ([]byte, error) { return s.Open("grant", sealed, nil) },
		"moved boundary": func() ([]byte, error) { return s.Open("grantg", sealed, []byte("rant/1")) },
		"other key":      func() ([]byte, error) { return RandomSealer().Open("grant", sealed, []byte("grant/1")) },
		"cut":            func() ([]byte, error) { return s.Open("grant", sealed[:len(sealed)-1], []byte("grant/1")) },
		"longer":         func() ([]byte, error) { return s.Open("grant", append(slices.Clone(sealed), 0), []byte("grant/1")) },
		"too long":       func() ([]byte, error) { return s.Open("grant", make([]byte, maxSealed+1), nil) },
		"empty":          func() ([]byte, error) { return s.Open("grant", nil, nil) },
	} {
		if plain, err := open(); err == nil || plain != nil {
			t.Errorf("%s: opens as %q", name, plain)
		}
	}
	for i := range sealed { // each bit of it counts
		for bit := range 8 {
			changed := slices.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := s.Open("grant", changed, []byte("grant/1")); err == nil {
				t.Fatalf("opens with bit %d of byte %d changed", bit, i)
			}
		}
	}
}

func TestSealerRotates(t *testing.T) {
	t.Parallel()
	first, second := randomKey(t), randomKey(t)
	before, during, after := newSealer(t, first), newSealer(t, second, first), newSealer(t, second)
	sealedBefore, sealedDuring := before.Seal("p", []byte("old"), nil), during.Seal("p", []byte("new"), nil)
	for name, row := range map[string]struct {
		s      *Sealer
		sealed []byte
		want   string
	}{
		"an old value, while both keys are there": {during, sealedBefore, "old"},
		"a new value, while both keys are there":  {during, sealedDuring, "new"},
		"a new value, without the old key":        {after, sealedDuring, "new"},
		"an old value, without the old key":       {after, sealedBefore, ""},
		"a new value, without the new key":        {before, sealedDuring, ""},
	} {
		got, err := row.s.Open("p", row.sealed, nil)
		if string(got) != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestSealerKey(t *testing.T) {
	t.Parallel()
	key := randomKey(t)
	one, two := newSealer(t, key), newSealer(t, key, randomKey(t))
	if one.Key("cookie") != two.Key("cookie") {
		t.Error("two replicas have different keys")
	}
	if one.Key("cookie") == one.Key("form") || one.Key("cookie") == RandomSealer().Key("cookie") {
		t.Error("different purposes or servers have the same key")
	}
	if derived := one.Key("cookie"); bytes.Equal(derived[:], key) {
		t.Error("the key itself is given away")
	}
}

func TestNewSealerRefuses(t *testing.T) {
	t.Parallel()
	key := randomKey(t)
	for name, keys := range map[string][][]byte{
		"none": nil, "empty": {{}}, "short": {key[:31]}, "long": {append(slices.Clone(key), 0)},
		"zero": {make([]byte, 32)}, "twice": {key, key}, "a short second": {key, key[:16]},
		"text": {[]byte(strings.Repeat("abcd", 8))}, "too many": make([][]byte, maxKeys+1),
	} {
		if _, err := NewSealer(keys...); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestSealerDoesNotPrint(t *testing.T) {
	t.Parallel()
	key := randomKey(t)
	s := newSealer(t, key)
	type holder struct{ sealer *Sealer }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		text := fmt.Sprintf(verb, s) + fmt.Sprintf(verb, holder{s})
		for _, secret := range [][]byte{key, s.current().derived} {
			if strings.Contains(text, hex.EncodeToString(secret)) || strings.Contains(text, string(secret)) ||
				strings.Contains(text, strings.Trim(fmt.Sprint(secret), "[]")) {
				t.Errorf("%s prints a key: %s", verb, text)
			}
		}
	}
}

// sealedBefore was sealed by an earlier build: replicas of two releases share a store.
const sealedBefore = "018a7d9a36470065503dd5bb5c7d9100095dc08f8cf9f621b7b2f00c05fd5107e6e299a453f348613805267d672455ab4acf"

// FuzzOpen has nothing open but what was sealed, and only as it was sealed.
func FuzzOpen(f *testing.F) {
	s := newSealer(f, []byte("0123456789abcdef0123456789ABCDEF"), []byte("fedcba9876543210FEDCBA9876543210"))
	sealed, err := hex.DecodeString(sealedBefore)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("grant", sealed, []byte("grant/1"))
	f.Add("code", sealed, []byte("grant/1"))
	f.Add("grant", sealed[:len(sealed)-1], []byte("grant/1"))
	f.Add("grant", sealed[:sealedExtra], []byte{})
	f.Add("", []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, purpose string, value, binding []byte) {
		plain, err := s.Open(purpose, value, binding)
		same := purpose == "grant" && bytes.Equal(value, sealed) && string(binding) == "grant/1"
		if (err == nil) != same {
			t.Fatalf("%q opens for %q: %v", plain, purpose, err)
		}
		again, err := s.Open(purpose, s.Seal(purpose, value, binding), binding)
		if len(value) < maxSealed-sealedExtra && (err != nil || !bytes.Equal(again, value)) {
			t.Fatalf("what was sealed does not open: %v", err)
		}
	})
}
