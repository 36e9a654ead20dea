package oauth

import (
	"net/url"
	"slices"
	"strings"
)

// redirects says where codes may be sent, whatever a client says of itself: to programs on the person's own machine, to
// the host that a client proves to control by its metadata document, and to where the operator allows.
type redirects struct {
	exact []string
	below []string // https URLs that end in a slash: anything below them
}

func newRedirects(allowed []string) (redirects, error) {
	var r redirects
	for _, uri := range allowed {
		prefix, below := strings.CutSuffix(uri, "*")
		u, problem := parseRedirect(prefix)
		switch {
		case problem != "":
			return redirects{}, &configError{"the redirect URI " + printable(uri, 100) + " " + problem, "write it as clients send it, such as https://client.example.com/callback"}
		case below && (u.Scheme != "https" || u.RawQuery != "" || !strings.HasSuffix(u.Path, "/")):
			return redirects{}, &configError{"the redirect pattern " + printable(uri, 100) + " is not https and a path that ends in /*", "write it as https://client.example.com/callback/*: only the end of the path may be left open"}
		case below:
			r.below = append(r.below, prefix)
		default:
			r.exact = append(r.exact, uri)
		}
	}
	return r, nil
}

const maxRedirect = 1000 // bytes

// parseRedirect parses a redirect URI; problem says why no code must ever be sent there.
func parseRedirect(uri string) (_ *url.URL, problem string) {
	if len(uri) > maxRedirect {
		return nil, "is longer than 1000 bytes"
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || !isLine(uri) || !isASCII(uri) || !isASCII(u.Host) || strings.ContainsAny(uri, " \\\"<>^`{|}"):
		return nil, "is not a URI"
	case u.Scheme == "":
		return nil, "is not absolute"
	case u.Fragment != "" || strings.Contains(uri, "#"):
		return nil, "has a fragment"
	case u.User != nil:
		return nil, "has a user"
	case slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "filesystem", "ws", "wss", "ftp"}, u.Scheme):
		return nil, "has the scheme " + u.Scheme + ", which is not for answers"
	case (u.Scheme == "http" || u.Scheme == "https") && (u.Hostname() == "" || u.Opaque != ""):
		return nil, "has no host"
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, "is http and not on loopback"
	case hasDots(u.EscapedPath()):
		return nil, "has dot segments"
	case answers(u):
		return nil, "has a parameter of the answer in its query"
	}
	return u, ""
}

// hasDots tells whether a path has segments that a browser would resolve.
func hasDots(escaped string) bool {
	for segment := range strings.SplitSeq(strings.ReplaceAll(strings.ToLower(escaped), "%2e", "."), "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// answers tells whether the query of a redirect URI looks like an answer of ours, of which a client might read the wrong
// half.
func answers(u *url.URL) bool {
	values, err := url.ParseQuery(u.RawQuery)
	return err != nil || values.Has("code") || values.Has("state") || values.Has("iss") || values.Has("error")
}

// allow tells whether a client whose metadata document is at host ("" without one) may have a redirect URI.
func (r redirects) allow(host string, u *url.URL, uri string) bool {
	if r.listed(u, uri) {
		return true
	}
	switch u.Scheme {
	case "http":
		return isLoopback(u.Hostname())
	case "https":
		return host != "" && strings.EqualFold(u.Host, host)
	}
	return false
}

// listed tells whether the operator names a redirect URI.
func (r redirects) listed(u *url.URL, uri string) bool {
	return slices.Contains(r.exact, uri) || u.Scheme == "https" && slices.ContainsFunc(r.below, func(prefix string) bool { return isBelow(uri, prefix) })
}

// isBelow tells whether a redirect URI matches a pattern, as whoever serves it will read it: what some servers decode twice,
// take for another separator or cut off from a segment could lead out again.
func isBelow(uri, prefix string) bool {
	rest, ok := strings.CutPrefix(uri, prefix)
	path, _, _ := strings.Cut(rest, "?")
	path = strings.ReplaceAll(strings.ToLower(path), "%2e", ".")
	if !ok || strings.Contains(path, "%2f") || strings.Contains(path, "%5c") || strings.Contains(path, "%25") {
		return false
	}
	return !slices.ContainsFunc(strings.Split(path, "/"), func(segment string) bool { return strings.HasPrefix(segment, "..") })
}

// trusted tells whether the browser may be sent to a redirect URI before a person has agreed: to one that anybody could
// have brought along, it may not (RFC 9700, section 4.11.2).
func (r redirects) trusted(uri string) bool {
	u, problem := parseRedirect(uri)
	return problem == "" && (u.Scheme == "http" || r.listed(u, uri))
}
