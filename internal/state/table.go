package state

import (
	"container/heap"
	"slices"
	"time"
)

// entryCost is roughly what an entry takes beside its key and its value.
const entryCost = 160

// entry is a value of a [table]. An entry of an allowance has no value but a number.
type entry struct {
	key    string
	value  []byte
	spent  int64
	dies   time.Time
	placed int // where it stands in the table's heap
}

func (e *entry) cost() int { return entryCost + len(e.key) + len(e.value) }

// table is a bounded number of entries. The next to die is on top of a heap, so that each write removes what has died
// and neither a timer nor a goroutine is needed. It is not safe for concurrent use.
type table struct {
	entries    map[string]*entry
	queue      deaths
	bytes      int
	maxEntries int
	maxBytes   int
}

func newTable(maxEntries, maxBytes int) *table {
	return &table{entries: map[string]*entry{}, maxEntries: maxEntries, maxBytes: maxBytes}
}

// get returns a living entry, or nil.
func (t *table) get(key string, now time.Time) *entry {
	if e := t.entries[key]; e != nil && now.Before(e.dies) {
		return e
	}
	return nil
}

// put keeps e, in place of the entry that has its key; false means that there is no room, and nothing has changed.
func (t *table) put(e *entry, now time.Time) bool {
	t.sweep(now)
	old := t.entries[e.key]
	count, bytes := len(t.entries)+1, t.bytes+e.cost()
	if old != nil {
		count, bytes = count-1, bytes-old.cost()
	}
	if count > t.maxEntries || bytes > t.maxBytes {
		return false
	}
	if old != nil {
		t.remove(old)
	}
	t.entries[e.key] = e
	t.bytes += e.cost()
	heap.Push(&t.queue, e)
	return true
}

func (t *table) remove(e *entry) {
	delete(t.entries, e.key)
	t.bytes -= e.cost()
	heap.Remove(&t.queue, e.placed)
}

func (t *table) sweep(now time.Time) {
	for len(t.queue) > 0 && !now.Before(t.queue[0].dies) {
		t.remove(t.queue[0])
	}
}

// deaths is a heap of entries, by the end of their lives.
type deaths []*entry

func (d deaths) Len() int           { return len(d) }
func (d deaths) Less(i, j int) bool { return d[i].dies.Before(d[j].dies) }
func (d deaths) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].placed, d[j].placed = i, j
}

// Push implements [heap.Interface].
func (d *deaths) Push(x any) {
	e := x.(*entry)
	e.placed = len(*d)
	*d = append(*d, e)
}

// Pop implements [heap.Interface].
func (d *deaths) Pop() any {
	last := len(*d) - 1
	e := (*d)[last]
	*d = slices.Delete(*d, last, last+1) // and not a mere reslice, which would keep the value in memory
	return e
}
