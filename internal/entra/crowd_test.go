package entra

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
)

func TestCrowdKeepsThoseAskedForLast(t *testing.T) {
	t.Parallel()
	now, entered := time.Now(), 0
	c := newCrowd(func(p int, used, now time.Time) bool { return now.Sub(used) > time.Hour })
	c.seats = recent.New[string, *seat[int]](3)
	find := func(key string) int {
		return c.find(key, now, func() int { entered++; return entered })
	}
	for _, step := range []struct {
		key  string
		want int
	}{{"a", 1}, {"b", 2}, {"c", 3}, {"a", 1}, {"d", 4} /* b leaves */, {"a", 1}, {"c", 3}, {"b", 5} /* d leaves */, {"d", 6}} {
		if got := find(step.key); got != step.want {
			t.Fatalf("%s is %d, want %d", step.key, got, step.want)
		}
	}
	now = now.Add(2 * time.Hour)
	find("e")
	if got := c.seats.Len(); got != 1 {
		t.Errorf("%d people are kept whom nobody asks for", got-1)
	}
	c.drop("e")
	c.drop("nobody")
	if c.seats.Len() != 0 {
		t.Error("somebody who was let go is still there")
	}
}

func TestPeopleAreBounded(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	b.people.seats = recent.New[string, *seat[*Behalf]](10)
	now := b.clock.Now()
	together(200, func(i int) { b.Person(testTenant, someID(i), b.brought(someID(i), now)) })
	if got := b.people.seats.Len(); got != 10 {
		t.Errorf("%d people are kept, want 10", got)
	}
	b.clock.advance(2 * time.Hour)
	b.come(someID(1))
	if got := b.people.seats.Len(); got != 1 {
		t.Errorf("%d people are kept whose tokens have expired", got-1)
	}
}

func TestGateWaitsForThoseInside(t *testing.T) {
	t.Parallel()
	g := newGate()
	inside, leave, ok := g.enter(t.Context())
	if !ok {
		t.Fatal("shut from the start")
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.shut(impatient); err == nil {
		t.Error("it was shut with somebody inside")
	}
	<-inside.Done()
	leave()
	if err := g.shut(t.Context()); err != nil {
		t.Error(err)
	}
	if _, _, ok := g.enter(t.Context()); ok {
		t.Error("somebody got in after it was shut")
	}
}

func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	d, now := newDocuments(), time.Now()
	good := &answer{status: 200, body: []byte(`{"token_endpoint":"https://x"}`)}
	large := &answer{status: 200, body: append(good.body, bytes.Repeat([]byte{' '}, maxDocument-len(good.body))...)}
	for i := range 100 {
		d.keep(fmt.Sprint(i%50), large, now)
	}
	held := 0
	for address, kept := range d.held {
		held += len(address) + len(kept.body)
	}
	if _, ok := d.find("49", now); held > maxDocuments || held < maxDocuments/2 || held != d.size || !ok {
		t.Errorf("%d bytes of %d documents are kept, counted as %d; the last one: %t", held, len(d.held), d.size, ok)
	}
	if d.clear(); d.size != 0 || len(d.held) != 0 {
		t.Errorf("%d bytes are left", d.size)
	}
	for name, bad := range map[string]*answer{
		"a page": {status: 200, body: []byte(`<html>`)}, "an error": {status: 400, body: good.body}, "cut off": {status: 200, body: good.body, err: errTooLarge},
		"large": {status: 200, body: append([]byte(`{"token_endpoint":"https://x"}`), make([]byte, maxDocument)...)},
	} {
		if d.keep(name, bad, now); d.held[name].body != nil {
			t.Errorf("%s is kept", name)
		}
	}
	d.keep("a", good, now)
	for after, want := range map[time.Duration]bool{0: true, documentAge - 1: true, documentAge: false, -time.Second: false} {
		if _, ok := d.find("a", now.Add(after)); ok != want {
			t.Errorf("after %s: found %t", after, ok)
		}
	}
}
