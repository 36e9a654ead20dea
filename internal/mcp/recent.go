package mcp

import "container/list"

// recent holds a bounded number of values by key, those that were asked for last. What callers from everywhere can make
// grow is kept in one. It is not safe for use by several goroutines at once.
type recent[K comparable, V any] struct {
	most  int
	order *list.List // of *kept[K, V], the latest first
	byKey map[K]*list.Element
}

type kept[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, order: list.New(), byKey: map[K]*list.Element{}}
}

// find returns the value of a key, if it is held.
func (r *recent[K, V]) find(key K) (V, bool) {
	e, ok := r.byKey[key]
	if !ok {
		var none V
		return none, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*kept[K, V]).value, true
}

// keep holds a new value. Where there are too many, that which was asked for longest ago goes.
func (r *recent[K, V]) keep(key K, value V) {
	r.byKey[key] = r.order.PushFront(&kept[K, V]{key, value})
	if r.order.Len() > r.most {
		last := r.order.Back()
		delete(r.byKey, last.Value.(*kept[K, V]).key)
		r.order.Remove(last)
	}
}
