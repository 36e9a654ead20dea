package odata

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Query is the options of one request. What was not given is nil, empty or false.
type Query struct {
	Filter     Expr
	FilterText string
	OrderBy    []Order
	Select     []Path
	Expand     []Expansion
	Top, Skip  *int
	Count      bool
	Search     string // as given, quotes included
	HasSearch  bool
	SkipToken  string
	DeltaToken string
	Format     string
	Levels     string            // of an expansion: a number or max
	Other      map[string]string // parameters that are no options of OData, by name in lower case
}

// OptionError is a query option that is unknown, given twice, or not of its type.
type OptionError struct{ Option, Message string }

func (e *OptionError) Error() string { return e.Message }

// ParseQuery parses a URL's query. The dollar sign may be left out, as Graph allows. Errors are *[OptionError]
// and *[SyntaxError].
func ParseQuery(values url.Values) (*Query, error) { return parseQuery(values, 0) }

func parseQuery(values url.Values, nested int) (*Query, error) {
	q := &Query{Other: map[string]string{}}
	seen := map[string]bool{}
	for name, given := range values {
		option := strings.ToLower(strings.TrimPrefix(name, "$"))
		if !isOption(option) {
			if strings.HasPrefix(name, "$") {
				return nil, &OptionError{name, "The query parameter '" + name + "' is not supported."}
			}
			q.Other[option] = given[0]
			continue
		}
		if seen[option] || len(given) > 1 {
			return nil, &OptionError{name, "Query option '$" + option + "' was specified more than once, but it must be specified at most once."}
		}
		seen[option] = true
		if err := q.set(option, given[0], nested); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func isOption(name string) bool {
	return slices.Contains([]string{"filter", "orderby", "select", "expand", "top", "skip", "count", "search",
		"skiptoken", "deltatoken", "format", "levels"}, name)
}

func (q *Query) set(option, value string, nested int) (err error) {
	switch option {
	case "filter":
		q.FilterText = value
		q.Filter, err = ParseFilter(value)
	case "orderby":
		q.OrderBy, err = ParseOrder(value)
	case "select":
		q.Select, err = ParseSelect(value)
	case "expand":
		q.Expand, err = parseExpand(value, nested)
	case "top":
		q.Top, err = natural(option, value)
	case "skip":
		q.Skip, err = natural(option, value)
	case "count":
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return &OptionError{option, "Invalid value '" + value + "' for $count query option found. Valid values are 'true' and 'false'."}
		}
		q.Count = strings.EqualFold(value, "true")
	case "search":
		q.Search, q.HasSearch = value, true
	case "skiptoken":
		q.SkipToken = value
	case "deltatoken":
		q.DeltaToken = value
	case "format":
		q.Format = value
	case "levels":
		q.Levels = value
	}
	return err
}

func natural(option, value string) (*int, error) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 {
		return nil, &OptionError{option, "Invalid value '" + value + "' for $" + option + " query option found. The $" + option + " query option requires a non-negative integer value."}
	}
	i := int(n)
	return &i, nil
}
