package schema

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// fewer is what is known of a schema that has far fewer types than the one that is there. A document that was cut at a good
// place, or a stranger's, must not cost what is known already; nor must a stranger's that came first keep Graph's own out for
// ever. So it is taken once it has come again and again for some days.
type fewer struct {
	types int       // 0: there is none
	since time.Time // when the first came of those that have about as many
}

// again notes that one has come.
func (f fewer) again(types int, now time.Time) fewer {
	alike := 10*max(f.types-types, types-f.types) <= f.types
	if f.types == 0 || !alike || now.Before(f.since) {
		return fewer{types, now}
	}
	return f
}

// admit puts a model in place of the one that is held, unless it has far fewer types.
func (s *Store) admit(e *entry, model *Model, came time.Time) error {
	stored := s.disk.readFewer(e.place)
	s.mu.Lock()
	count, before := model.Size().Types, 0
	if e.model != nil {
		before = e.model.Size().Types
	}
	known := cmp.Or(stored, e.fewer)
	e.fewer = fewer{}
	if count < before/2 {
		if known = known.again(count, came); came.Sub(known.since) < settled {
			e.fewer = known
		}
	}
	now := e.fewer
	if now.types == 0 {
		e.model, e.fetched = model, came
	}
	s.mu.Unlock()
	if err := s.disk.writeFewer(e.place, stored, now); err != nil {
		s.log.Warn("what is known of a smaller schema could not be stored", "host", e.place.host, "version", e.place.version, "error", err)
	}
	if now.types == 0 {
		return nil
	}
	return &FetchError{Host: e.place.host, Version: e.place.version, What: "what came is kept out",
		Err:    fmt.Errorf("it has %d types, the schema that is there has %d", count, before),
		remedy: fmt.Sprintf("do nothing: if it stays so, it is taken %d days after the first one; to have it at once, remove the stored schemas and start again", settled/(24*time.Hour))}
}

// fewerForm is the file that lies beside a model while a smaller one is kept out, for other processes and for later.
const fewerForm = "msgraph-fewer 1\n%d types since %d\n"

func (d disk) fewerPath(at place) string { return d.path(at) + ".fewer" }

// readFewer returns what is known of a smaller schema. What is damaged is as good as nothing.
func (d disk) readFewer(at place) fewer {
	if d.dir == "" {
		return fewer{}
	}
	data, err := readRegular(d.fewerPath(at))
	if err != nil || len(data) > 100 {
		return fewer{}
	}
	types, since := 0, int64(0)
	if n, err := fmt.Sscanf(string(data), fewerForm, &types, &since); n != 2 || err != nil || types < 1 {
		return fewer{}
	}
	return fewer{types, time.Unix(since, 0)}
}

// writeFewer replaces what was known.
func (d disk) writeFewer(at place, old, now fewer) error {
	switch {
	case d.dir == "" || now.types == old.types && now.since.Unix() == old.since.Unix():
		return nil
	case now.types > 0:
		return d.put(d.fewerPath(at), fmt.Appendf(nil, fewerForm, now.types, now.since.Unix()))
	}
	if err := os.Remove(d.fewerPath(at)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
