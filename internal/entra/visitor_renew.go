package entra

import "context"

// Renew has the authority say anew that the person may go on: a token in memory may be good for a day after they were
// let go. What comes is used by Token. It fails as Token does, and joins a request that is under way.
func (v *Visitor) Renew(ctx context.Context) error {
	r := Request{Audience: v.config.Audiences[0]}
	v.mu.Lock()
	h := v.holder(r.Audience)
	if err := v.obstacle(ctx, h, r, v.now()); err != nil {
		v.mu.Unlock()
		return err
	}
	f := v.fly(ctx, h, "")
	v.mu.Unlock()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
