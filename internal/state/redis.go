package state

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	dialLimit = 2 * time.Second
	moveLimit = time.Second     // to read or to write
	callLimit = 4 * time.Second // all in all, waiting for a connection included
	poolSize  = 32
)

// RedisConfig says where a Redis server is.
type RedisConfig struct {
	URL      string                                // redis://host:port/db, rediss:// (TLS) or unix:///path?db=0; never with a password
	Username string                                // of an ACL, or ""
	Password func(context.Context) (string, error) // asked for each new connection; nil where there is none
	CAFile   string                                // PEM file of CAs to trust for rediss in place of the system's; "" for the system's
	Prefix   string                                // of all keys and channels
}

// Redis is the store on a Redis or Valkey server. Nothing is connected before the first call; each takes 4 s at most, and
// what failed is tried once more where doing it twice is the same as once. Its methods may be called from many
// goroutines. [NewRedis] makes one.
//
// The server must not evict (maxmemory-policy noeviction): an evicted session is one that never was.
type Redis struct {
	client *redis.Client
	prefix string
	spend  *redis.Script

	stop func()        // closes done, once
	done chan struct{} // closed with the store

	mu     sync.Mutex // guards asking
	asking error      // why the password could not be read, the last time
}

// NewRedis returns a store on the server of c.
func NewRedis(c RedisConfig) (*Redis, error) {
	r := &Redis{prefix: c.Prefix, spend: redis.NewScript(spendScript)}
	r.done = make(chan struct{})
	r.stop = sync.OnceFunc(func() { close(r.done) })
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	if c.Password != nil || c.Username != "" {
		options.CredentialsProviderContext = func(ctx context.Context) (string, string, error) { return r.credentials(ctx, c) }
	}
	// The library would write to standard error by itself, with what the server said. What fails reaches the caller.
	logging.Disable()
	r.client = redis.NewClient(options)
	return r, nil
}

// options returns how to connect. No error repeats the URL: somebody may have written a password into it.
func (c RedisConfig) options() (*redis.Options, error) {
	o := &redis.Options{
		DialTimeout: dialLimit, ReadTimeout: moveLimit, WriteTimeout: moveLimit,
		PoolSize: poolSize, MaxActiveConns: 2 * poolSize, PoolTimeout: dialLimit, ContextTimeoutEnabled: true,
		MaxRetries:    -1, // a GETDEL whose answer was lost would be answered by "nothing there"
		DialerRetries: 1, DisableIdentity: true, Protocol: 2,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("the URL of the state does not parse: write redis://host:port, rediss://host:port or unix:///path")
	}
	if u.User != nil || u.Fragment != "" {
		return nil, errors.New("the URL of the state has a user, a password or a fragment: say the user and the password apart")
	}
	db := strings.TrimPrefix(u.Path, "/")
	switch u.Scheme {
	case "redis", "rediss":
		if u.Hostname() == "" || u.RawQuery != "" {
			return nil, fmt.Errorf("the URL of the state: write %s://host:port, or %s://host:port/database", u.Scheme, u.Scheme)
		}
		o.Network, o.Addr = "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "6379"))
	case "unix":
		if u.Host != "" || u.Path == "" || len(u.Query()) > len(u.Query()["db"]) {
			return nil, errors.New("the URL of the state: write unix:///path, or unix:///path?db=1")
		}
		o.Network, o.Addr, db = "unix", u.Path, u.Query().Get("db")
	default:
		return nil, fmt.Errorf("the URL of the state begins with %q: it has to be redis, rediss or unix", u.Scheme)
	}
	if o.DB, err = strconv.Atoi(cmp.Or(db, "0")); err != nil || o.DB < 0 {
		return nil, errors.New("the URL of the state: its database is a number, such as redis://host:6379/1")
	}
	if u.Scheme == "rediss" {
		o.TLSConfig, err = c.tls(u.Hostname())
	}
	return o, err
}

func (c RedisConfig) tls(host string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("reading the CA of the state: %w", err)
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the CA of the state, %s, has no certificate in PEM", c.CAFile)
	}
	return t, nil
}

func (r *Redis) credentials(ctx context.Context, c RedisConfig) (username, password string, err error) {
	if c.Password == nil {
		return c.Username, "", nil
	}
	password, err = c.Password(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asking = err
	if err != nil {
		return "", "", errPassword
	}
	return c.Username, password, nil
}

// call does something at the server, within the limits; again where that does no harm.
func (r *Redis) call(ctx context.Context, doing string, again bool, do func(context.Context) error) error {
	if err := gaveUp(ctx, doing); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	err := do(limited)
	if again && err != nil && !errors.Is(err, redis.Nil) && limited.Err() == nil {
		err = do(limited)
	}
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	if gone := gaveUp(ctx, doing); gone != nil {
		return gone
	}
	return r.failure(doing, err)
}

// Get returns the value of key; found is false where there is none or its life is over.
func (r *Redis) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	err = r.call(ctx, "reading a value", true, func(ctx context.Context) (err error) {
		value, err = r.client.Get(ctx, r.prefix+key).Bytes()
		return err
	})
	return present(value, err)
}

// present turns Redis' way of having nothing into ours.
func present(value []byte, err error) ([]byte, bool, error) {
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return value, true, nil
}

// Put keeps value under key for life, in place of what was there.
func (r *Redis) Put(ctx context.Context, key string, value []byte, life time.Duration) error {
	const doing = "storing a value"
	if err := checkValue(doing, key, value, life); err != nil {
		return err
	}
	return r.call(ctx, doing, true, func(ctx context.Context) error {
		return r.client.Do(ctx, "SET", r.prefix+key, value, "PX", life.Milliseconds()).Err()
	})
}

// Create keeps value under key for life, where there is none.
func (r *Redis) Create(ctx context.Context, key string, value []byte, life time.Duration) (created bool, err error) {
	const doing = "storing a value"
	if err := checkValue(doing, key, value, life); err != nil {
		return false, err
	}
	err = r.call(ctx, doing, false, func(ctx context.Context) error {
		return r.client.Do(ctx, "SET", r.prefix+key, value, "PX", life.Milliseconds(), "NX").Err()
	})
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, err
}

// Take returns the value of key and removes it: of several who take it, one gets it. Where the answer is lost, nobody
// does.
func (r *Redis) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	err = r.call(ctx, "taking a value", false, func(ctx context.Context) (err error) {
		value, err = r.client.GetDel(ctx, r.prefix+key).Bytes()
		return err
	})
	return present(value, err)
}

// Delete removes the value of key, if there is one.
func (r *Redis) Delete(ctx context.Context, key string) error {
	return r.call(ctx, "removing a value", true, func(ctx context.Context) error {
		return r.client.Del(ctx, r.prefix+key).Err()
	})
}

// Spend takes one of perMinute from the allowance of key, of which burst may be saved up. wait is how long to wait where
// there is none left; then nothing was taken. The clock is the server's.
func (r *Redis) Spend(ctx context.Context, key string, perMinute, burst int) (wait time.Duration, err error) {
	const doing = "counting a call"
	if err := checkKey(doing, key); err != nil {
		return 0, err
	}
	a := newAllowance(perMinute, burst)
	err = r.call(ctx, doing, false, func(ctx context.Context) error {
		over, err := r.spend.Run(ctx, r.client, []string{r.prefix + "spent/" + key}, a.interval, a.saved).Int64()
		wait = time.Duration(over) * time.Microsecond
		return err
	})
	return wait, err
}

// Epoch names the time since which the server may not have forgotten anything: another after each restart, from which it
// may have come back with an older state. It is "" where the server does not tell (its ACL lacks INFO, or
// the command was renamed).
func (r *Redis) Epoch(ctx context.Context) (string, error) {
	var said string
	err := r.call(ctx, "asking the store how long it has been running", true, func(ctx context.Context) (err error) {
		said, err = r.client.Info(ctx, "server").Result()
		if redis.IsPermissionError(err) || err != nil && strings.HasPrefix(err.Error(), "ERR unknown command") { // or it was renamed
			said = ""
			return nil
		}
		return err
	})
	for line := range strings.Lines(said) {
		if id, ok := strings.CutPrefix(line, "run_id:"); ok {
			return strings.TrimSpace(id), err
		}
	}
	return "", err
}

// Alone is false: other replicas may share it.
func (r *Redis) Alone() bool { return false }

// Ping reports whether the server answers, and does what it is told.
func (r *Redis) Ping(ctx context.Context) error {
	return r.call(ctx, "asking the store", true, func(ctx context.Context) error { return r.client.Ping(ctx).Err() })
}

// Close closes the connections. What is called afterwards is an error.
func (r *Redis) Close() error {
	r.stop()
	if err := r.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return r.failure("closing the connections", err)
	}
	return nil
}
