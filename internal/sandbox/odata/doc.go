// Package odata understands the query options of OData 4.01 as Microsoft Graph uses them: $filter, $orderby,
// $select, $expand, $search and paging (https://learn.microsoft.com/graph/query-parameters). It is pure: it
// parses text and evaluates the result on JSON values, and knows nothing of Graph's resources.
//
// Names of properties, operators and functions are compared without regard to case, and so are strings, as
// Graph does in the directory and in mailboxes.
package odata

import "fmt"

// Entity is one resource: property name to JSON value (string, bool, int64, float64, nil, []any,
// map[string]any). Times are strings of RFC 3339.
type Entity = map[string]any

// SyntaxError says where a query option can't be understood. Position counts bytes from 0.
type SyntaxError struct {
	Message  string
	Position int
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at position %d", e.Message, e.Position)
}

// TypeError is a comparison of values that can't be compared, such as a string with a number.
type TypeError struct{ Left, Right string } // names such as Edm.String

func (e *TypeError) Error() string {
	return fmt.Sprintf("a binary operator with incompatible types was detected: %s and %s", e.Left, e.Right)
}
