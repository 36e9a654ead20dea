package state

import (
	"bytes"
	"context"
	"sync"
	"time"
)

const (
	memoryEntries = 200_000
	memoryBytes   = 256 << 20
	spentEntries  = 100_000 // allowances; apart, so that a crowd of strangers cannot fill the store
	mailbox       = 1024    // messages that wait for one subscriber
)

// Memory is the store of one process. It holds 200,000 values of 256 MiB together, and 100,000 allowances that are being
// spent; what has died makes room. Its methods may be called from many goroutines. [NewMemory] makes one.
type Memory struct {
	now func() time.Time

	mu          sync.Mutex // guards what follows
	values      *table
	allowances  *table
	subscribers map[string]map[chan []byte]struct{} // by channel
	closed      bool
	done        chan struct{} // closed with the store
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		now:         time.Now,
		values:      newTable(memoryEntries, memoryBytes),
		allowances:  newTable(spentEntries, spentEntries*(entryCost+maxKey)),
		subscribers: map[string]map[chan []byte]struct{}{},
		done:        make(chan struct{}),
	}
}

// enter locks the store, unless the caller gave up or the store is closed.
func (m *Memory) enter(ctx context.Context, doing string) (leave func(), err error) {
	if err := gaveUp(ctx, doing); err != nil {
		return nil, err
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil, stopping(doing)
	}
	return m.mu.Unlock, nil
}

// Get returns the value of key; found is false where there is none or its life is over.
func (m *Memory) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	leave, err := m.enter(ctx, "reading a value")
	if err != nil {
		return nil, false, err
	}
	defer leave()
	e := m.values.get(key, m.now())
	if e == nil {
		return nil, false, nil
	}
	return bytes.Clone(e.value), true, nil
}

// Put keeps value under key for life, in place of what was there.
func (m *Memory) Put(ctx context.Context, key string, value []byte, life time.Duration) error {
	_, err := m.store(ctx, &entry{key: key, value: bytes.Clone(value)}, life, true)
	return err
}

// Create keeps value under key for life, where there is none.
func (m *Memory) Create(ctx context.Context, key string, value []byte, life time.Duration) (created bool, err error) {
	return m.store(ctx, &entry{key: key, value: bytes.Clone(value)}, life, false)
}

func (m *Memory) store(ctx context.Context, e *entry, life time.Duration, replace bool) (bool, error) {
	const doing = "storing a value"
	if err := checkValue(doing, e.key, e.value, life); err != nil {
		return false, err
	}
	leave, err := m.enter(ctx, doing)
	if err != nil {
		return false, err
	}
	defer leave()
	now := m.now()
	if !replace && m.values.get(e.key, now) != nil {
		return false, nil
	}
	e.dies = now.Add(life)
	if !m.values.put(e, now) {
		return false, full(doing)
	}
	return true, nil
}

// Take returns the value of key and removes it: of several who take it, one gets it.
func (m *Memory) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	leave, err := m.enter(ctx, "taking a value")
	if err != nil {
		return nil, false, err
	}
	defer leave()
	e := m.values.get(key, m.now())
	if e == nil {
		return nil, false, nil
	}
	m.values.remove(e)
	return e.value, true, nil
}

// Delete removes the value of key, if there is one.
func (m *Memory) Delete(ctx context.Context, key string) error {
	leave, err := m.enter(ctx, "removing a value")
	if err != nil {
		return err
	}
	defer leave()
	if e := m.values.entries[key]; e != nil {
		m.values.remove(e)
	}
	return nil
}

// Spend takes one of perMinute from the allowance of key, of which burst may be saved up. wait is how long to wait where
// there is none left; then nothing was taken.
func (m *Memory) Spend(ctx context.Context, key string, perMinute, burst int) (wait time.Duration, err error) {
	const doing = "counting a call"
	if err := checkKey(doing, key); err != nil {
		return 0, err
	}
	leave, err := m.enter(ctx, doing)
	if err != nil {
		return 0, err
	}
	defer leave()
	now, spent := m.now(), int64(0)
	if e := m.allowances.get(key, now); e != nil {
		spent = e.spent
	}
	micros := now.UnixMicro()
	next, wait := newAllowance(perMinute, burst).spend(spent, micros)
	if wait > 0 {
		return wait, nil
	}
	// It dies by the clock that nobody sets back.
	dies := now.Add(time.Duration(next-micros) * time.Microsecond)
	if !m.allowances.put(&entry{key: key, spent: next, dies: dies}, now) {
		return 0, full(doing)
	}
	return 0, nil
}

func full(doing string) error {
	return &Error{doing: doing, message: "the memory for what callers share is full",
		hint: "try again later; where it stays so, lower the limits of callers, or keep the state in Redis ([state] url)"}
}

// Epoch is always the same: what forgets this store ends with it.
func (m *Memory) Epoch(context.Context) (string, error) { return "", nil }

// Alone is true: nobody else shares it.
func (m *Memory) Alone() bool { return true }

// Ping reports whether the store works: always, until it is closed.
func (m *Memory) Ping(ctx context.Context) error {
	leave, err := m.enter(ctx, "asking the store")
	if err == nil {
		leave()
	}
	return err
}

// Close forgets everything. What is called afterwards is an error, and who has subscribed returns.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		m.values, m.allowances = newTable(0, 0), newTable(0, 0)
		close(m.done)
	}
	return nil
}
