// Package aisearch asks an Azure AI Search index, over its REST API.
//
// The service is not Microsoft Graph: it has hosts of its own and takes a key instead of a token. The key goes to
// the configured host alone: no redirect is followed, and whatever comes back is looked through for it before
// anybody sees it.
package aisearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// apiVersion is the REST API's: https://learn.microsoft.com/rest/api/searchservice/documents/search-post
const apiVersion = "2025-09-01"

// Config makes a [Client].
type Config struct {
	Endpoint  string // an https origin, such as https://contoso.search.windows.net
	Index     string
	Key       func(context.Context) (string, error) // a query key is enough
	Transport http.RoundTripper
	UserAgent string
	MaxBody   int64        // bytes of an answer that are read; 0: 16 MiB
	Log       *slog.Logger // one line per request, never with a query or a body; nil: none
}

// Client searches one index. It may be used by many goroutines at once.
type Client struct {
	config Config
	url    string
	host   string
	wait   func(context.Context, time.Duration) error

	mu  sync.Mutex // guards key
	key string     // the last one that was read; "" before
}

const defaultMaxBody = 16 << 20

// New makes a client. It opens nothing and reads no key.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the endpoint of azure_ai_search is not an https origin such as https://NAME.search.windows.net")
	}
	if c.Index == "" || strings.Trim(c.Index, ".") == "" {
		return nil, errors.New("azure_ai_search names no index")
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.MaxBody <= 0 {
		c.MaxBody = defaultMaxBody
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{config: c, host: u.Host, wait: sleep,
		url: "https://" + u.Host + "/indexes/" + url.PathEscape(c.Index) + "/docs/search?api-version=" + apiVersion}, nil
}

// Search sends a search request's JSON and returns the answer's. What the service refuses is an [*Error]. It only
// reads, so it is sent again after throttling, a fault or a broken connection, as far as ctx leaves time. A key that
// is refused is read anew once: it may have been replaced.
func (c *Client) Search(ctx context.Context, request []byte) ([]byte, error) {
	key, err := c.currentKey(ctx, "")
	if err != nil {
		return nil, err
	}
	renewed := false
	for attempt := 0; ; {
		a, err := c.send(ctx, request, key)
		if err == nil && a.status < http.StatusMultipleChoices {
			return c.success(a, key)
		}
		if err == nil && (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden) && !renewed {
			renewed = true
			fresh, keyErr := c.currentKey(ctx, key)
			if keyErr == nil && fresh != key {
				key = fresh
				continue
			}
		}
		if delay, again := retryDelay(a, err, attempt); again && ctx.Err() == nil && fits(ctx, delay) {
			attempt++
			if err := c.wait(ctx, delay); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		return nil, c.refusal(a, key)
	}
}

// currentKey returns the key from memory, or reads it where there is none or it is the one that was refused.
func (c *Client) currentKey(ctx context.Context, refused string) (string, error) {
	c.mu.Lock()
	key := c.key
	c.mu.Unlock()
	if key != "" && key != refused {
		return key, nil
	}
	key, err := c.config.Key(ctx)
	if err != nil {
		return "", fmt.Errorf("the key of azure_ai_search: %w", err)
	}
	key = strings.TrimSpace(key)
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", &Error{Index: c.config.Index, Problem: "the key that azure_ai_search.api_key leads to is empty, or no key at all",
			Remedy: "store the query key that the Azure portal shows under the search service's Keys, and nothing around it"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = key
	return key, nil
}

// answer is one HTTP answer, read whole.
type answer struct {
	status     int
	header     http.Header
	body       []byte
	retryAfter time.Duration
}

func (c *Client) send(ctx context.Context, request []byte, key string) (*answer, error) {
	start := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(request))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	id := uuid.NewString()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("api-key", key)
	req.Header.Set("User-Agent", c.config.UserAgent)
	req.Header.Set("client-request-id", id)
	a, err := c.exchange(req)
	status := 0
	if a != nil {
		status = a.status
	}
	c.config.Log.LogAttrs(ctx, slog.LevelDebug, "search request", slog.String("host", c.host), slog.String("index", c.config.Index),
		slog.Int("status", status), slog.String("client_request_id", id), slog.Int64("took_ms", time.Since(start).Milliseconds()))
	return a, err
}

// exchange goes to the transport itself: an http.Client would carry the key along when it follows a redirect.
func (c *Client) exchange(req *http.Request) (*answer, error) {
	resp, err := c.config.Transport.RoundTrip(req)
	if err != nil {
		return nil, c.transportError(req, err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header, retryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, c.config.MaxBody+1))
	switch {
	case err != nil:
		return nil, c.transportError(req, err)
	case int64(len(a.body)) > c.config.MaxBody:
		return nil, &Error{Index: c.config.Index, Problem: fmt.Sprintf("the answer is larger than %d MiB", c.config.MaxBody>>20),
			Remedy: "ask for less: a smaller top, and in select only the fields that are needed"}
	}
	return a, nil
}

func (c *Client) success(a *answer, key string) ([]byte, error) {
	if !json.Valid(a.body) {
		return nil, &Error{Status: a.status, Index: c.config.Index, Problem: "the answer is not the JSON of a search",
			Remedy: "check azure_ai_search.endpoint, and whether a proxy answers in the service's place"}
	}
	return bytes.ReplaceAll(a.body, []byte(key), []byte(hidden)), nil
}

// hidden stands where a service or a proxy has repeated the key.
const hidden = "[secret]"
