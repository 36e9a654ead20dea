package graph

import (
	"fmt"
	"net/url"
	"strings"
)

// parseQuery reads the query of a path. It differs from url.ParseQuery where people and Graph do: a semicolon
// belongs to a value ($expand has them inside), and "+" is a plus sign unless the service wrote the link.
func parseQuery(text string, link bool) (url.Values, error) {
	query := url.Values{}
	for part := range strings.SplitSeq(text, "&") {
		if part == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(part, "=")
		if !link {
			rawName, rawValue = strings.ReplaceAll(rawName, "+", "%2B"), strings.ReplaceAll(rawValue, "+", "%2B")
		}
		name, nameErr := url.QueryUnescape(rawName)
		value, valueErr := url.QueryUnescape(rawValue)
		if nameErr != nil || valueErr != nil || !link && strings.Count(value, "'")%2 == 1 {
			return nil, &RequestError{Part: "path", Problem: fmt.Sprintf("the query option %q in it cannot be decoded", clip(rawName)),
				Remedy: `give the options in queryParams, not encoded, such as {"$filter": "displayName eq 'R&D'"}`}
		}
		query.Add(name, value)
	}
	return query, nil
}

// isQuery tells whether s can stand in a URL as a query, byte for byte (RFC 3986 section 3.4).
func isQuery(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isPathByte(s[i]) && strings.IndexByte("/?%;", s[i]) < 0 {
			return false
		}
	}
	return true
}

func checkQuery(q url.Values) error {
	size := 0
	for name, values := range q {
		for _, value := range append(values, name) {
			size += len(value)
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' || r == 0x7f }) {
				return &RequestError{Part: "queryParams", Problem: fmt.Sprintf("%q holds a control character", clip(name))}
			}
		}
	}
	if size > maxPath {
		return &RequestError{Part: "queryParams", Problem: fmt.Sprintf("together longer than %d bytes", maxPath)}
	}
	return nil
}

// Query returns the value of a query option by its OData name ("$select"). Graph takes option names in any case
// and without their dollar sign, so all those spellings count.
func (r *Request) Query(name string) string {
	want := strings.TrimPrefix(name, "$")
	var all []string
	for have, values := range r.query {
		if strings.EqualFold(strings.TrimPrefix(strings.TrimSpace(have), "$"), want) {
			all = append(all, values...)
		}
	}
	return strings.Join(all, ",")
}
