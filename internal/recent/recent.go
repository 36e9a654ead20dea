// Package recent keeps values by key, a bounded number of them: those that were asked for last. What callers from
// everywhere can make grow is kept in one.
package recent

import "container/list"

// Map holds at most so many values as [New] says. Where there are too many, that which was asked for longest ago goes. It
// is not safe for use by several goroutines at once.
type Map[K comparable, V any] struct {
	most  int
	order *list.List // of *kept[K, V], the latest first
	byKey map[K]*list.Element
}

type kept[K comparable, V any] struct {
	key   K
	value V
}

// New returns an empty Map of at most so many values, and of one at least.
func New[K comparable, V any](most int) *Map[K, V] {
	return &Map[K, V]{most: max(1, most), order: list.New(), byKey: map[K]*list.Element{}}
}

// Find returns the value of a key, if it is held, which is the latest then.
func (m *Map[K, V]) Find(key K) (value V, found bool) {
	e, found := m.byKey[key]
	if !found {
		return value, false
	}
	m.order.MoveToFront(e)
	return e.Value.(*kept[K, V]).value, true
}

// Keep holds a value, in place of that which its key had. It is the latest.
func (m *Map[K, V]) Keep(key K, value V) {
	if e, found := m.byKey[key]; found {
		e.Value.(*kept[K, V]).value = value
		m.order.MoveToFront(e)
		return
	}
	m.byKey[key] = m.order.PushFront(&kept[K, V]{key, value})
	if len(m.byKey) > m.most {
		m.remove(m.order.Back())
	}
}

// Drop lets the value of a key go, if it is held.
func (m *Map[K, V]) Drop(key K) {
	if e, found := m.byKey[key]; found {
		m.remove(e)
	}
}

// Oldest returns what was asked for longest ago, and leaves it that.
func (m *Map[K, V]) Oldest() (key K, value V, found bool) {
	e := m.order.Back()
	if e == nil {
		return key, value, false
	}
	k := e.Value.(*kept[K, V])
	return k.key, k.value, true
}

// Len returns how many values are held.
func (m *Map[K, V]) Len() int { return len(m.byKey) }

func (m *Map[K, V]) remove(e *list.Element) {
	delete(m.byKey, e.Value.(*kept[K, V]).key)
	m.order.Remove(e)
}
