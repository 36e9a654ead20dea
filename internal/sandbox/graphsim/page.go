package graphsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// cutPage returns one page and the link to the next, "" for none.
func (c *call) cutPage(l *listing, items []thing) ([]thing, string, error) {
	size, offset := l.kind.page, 0
	if c.query.Top != nil {
		size = *c.query.Top
		if l.kind.area == files {
			size = min(max(size, 1), l.kind.most)
		}
	}
	if n, err := strconv.Atoi(first(c.preference("odata.maxpagesize"))); err == nil && n > 0 && c.query.Top == nil {
		size = min(n, l.kind.most)
		c.applied = append(c.applied, "odata.maxpagesize="+strconv.Itoa(n))
	}
	if c.query.Skip != nil {
		offset = *c.query.Skip
	}
	if c.query.SkipToken != "" {
		var err error
		if offset, err = c.readToken(l, c.query.SkipToken); err != nil {
			return nil, "", err
		}
	}
	offset = min(offset, len(items))
	end := min(offset+size, len(items))
	if end == len(items) {
		return items[offset:end], "", nil
	}
	if l.kind.area == outlook && l.delta == "" { // mailboxes page by $skip
		return items[offset:end], c.link(url.Values{"$skip": {strconv.Itoa(end)}}), nil
	}
	return items[offset:end], c.link(url.Values{"$skiptoken": {c.token(end, l.delta)}}), nil
}

func first(s string, _ bool) string { return s }

// link is the request's URL with other paging parameters.
func (c *call) link(change url.Values) string {
	values, _ := parameters(c.request.URL) // parsed before
	for name := range values {
		switch strings.ToLower(strings.TrimPrefix(name, "$")) {
		case "skiptoken", "skip", "deltatoken", "token":
			delete(values, name)
		}
	}
	for name, v := range change {
		values[name] = v
	}
	return c.g.origin(c.request) + c.request.URL.EscapedPath() + "?" + values.Encode()
}

// A page token is an offset and, in a delta query, where its link will begin, signed together with the path and
// the query that it belongs to.
func (c *call) token(offset int, delta string) string {
	payload := strconv.Itoa(offset) + " " + delta
	return base64.RawURLEncoding.EncodeToString(append(c.g.sign("page", c.scope(), payload), payload...))
}

// readToken returns a page's offset. A delta query goes on with the link of its first page.
func (c *call) readToken(l *listing, token string) (int, error) {
	const size = sha256.Size
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil && len(raw) > size && hmac.Equal(raw[:size], c.g.sign("page", c.scope(), string(raw[size:]))) {
		offset, delta, _ := strings.Cut(string(raw[size:]), " ")
		if delta != "" {
			l.delta = delta
		}
		return strconv.Atoi(offset)
	}
	return 0, &problem{status: http.StatusBadRequest, code: "Directory_ExpiredPageToken",
		message: "The specified page token value has expired and can no longer be included in your request."}
}

// scope is what a page token is good for.
func (c *call) scope() string {
	values, _ := parameters(c.request.URL) // parsed before
	values.Del("$skiptoken")
	return c.request.URL.EscapedPath() + "?" + values.Encode()
}

// sign makes a signature that nobody else can make.
func (g *Graph) sign(parts ...string) []byte {
	mac := hmac.New(sha256.New, g.key[:])
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}
