package door

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
)

// spend takes a request from a principal's allowance, which all replicas share. It returns how long to wait where there
// is none left.
func (d *Door) spend(ctx context.Context, p Principal) (time.Duration, error) {
	switch {
	case d.rules.RateLimit <= 0:
		return 0, nil
	case d.house.Store.Alone():
		return d.rates.wait(p.Name, d.rules.RateLimit), nil
	}
	sum := sha256.Sum256([]byte(p.Name))
	return d.house.Store.Spend(ctx, "rate/"+hex.EncodeToString(sum[:]), d.rules.RateLimit, d.rules.RateLimit)
}

// rates are the allowances that this process keeps by itself.
type rates struct {
	mu       sync.Mutex
	limiters *recent.Map[string, *rate.Limiter] // guarded by mu
}

const mostRates = 10_000

func newRates() *rates { return &rates{limiters: recent.New[string, *rate.Limiter](mostRates)} }

// wait takes one of perMinute from an allowance, or returns how long to wait for it.
func (r *rates) wait(name string, perMinute int) time.Duration {
	r.mu.Lock()
	limiter, known := r.limiters.Find(name)
	if limit := rate.Limit(float64(perMinute) / 60); !known {
		limiter = rate.NewLimiter(limit, perMinute)
		r.limiters.Keep(name, limiter)
	} else if limiter.Burst() != perMinute { // the configuration is another
		limiter.SetLimit(limit)
		limiter.SetBurst(perMinute)
	}
	r.mu.Unlock()
	reservation := limiter.Reserve()
	delay := reservation.Delay()
	if delay > 0 {
		reservation.Cancel()
	}
	return delay
}
