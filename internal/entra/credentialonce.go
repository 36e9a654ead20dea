package entra

import (
	"context"
	"time"
)

// proofAge is for how long an opened credential serves the requests of many people. To open one may mean to run a
// program or to decrypt a key.
const proofAge = 30 * time.Second

// once is a credential that is opened once for the requests of a short while. Where it cannot be opened, or the
// authority does not take it, nobody tries that again for a moment. It is safe for concurrent use.
type once struct {
	Credential
	now     func() time.Time
	opening chan struct{} // held by whoever opens it, and guards what follows
	held    proof
	from    time.Time // zero where nothing is held
	failure *failure  // nil: none
}

func openOnce(cred Credential, now func() time.Time) *once {
	return &once{Credential: cred, now: now, opening: make(chan struct{}, 1)}
}

// open implements [Credential].
func (o *once) open(ctx context.Context, c Config) (proof, error) {
	select {
	case o.opening <- struct{}{}:
		defer func() { <-o.opening }()
	case <-ctx.Done():
		return proof{}, ctx.Err()
	}
	now := o.now()
	if err := o.failure.at(now, ""); err != nil {
		return proof{}, err
	}
	if age := now.Sub(o.from); !o.from.IsZero() && age >= 0 && age < proofAge {
		return o.held, nil
	}
	held, err := o.Credential.open(ctx, c)
	if err != nil {
		failed := c.unreadError(err)
		if ctx.Err() == nil {
			o.failure = &failure{err: failed, until: now.Add(memoryOfSecret)}
		}
		return proof{}, failed
	}
	o.held, o.from = held, now
	return held, nil
}

// refuse notes that the authority did not take the credential. It is opened anew after a moment: it may have been
// replaced.
func (o *once) refuse(ctx context.Context, failed *Error) {
	select {
	case o.opening <- struct{}{}:
		o.held, o.from = proof{}, time.Time{}
		o.failure = &failure{err: failed, until: o.now().Add(memoryOfSecret)}
		<-o.opening
	case <-ctx.Done():
	}
}
