package odata

import (
	"strconv"
	"strings"
	"time"
)

// Expr is a node of a parsed $filter. String writes it so that [ParseFilter] makes an equal one of it.
type Expr interface {
	String() string
	children() []Expr
}

type (
	// Literal is nil, a bool, an int64, a float64, a string (GUIDs and enumeration members too) or a [time.Time]
	// in UTC.
	Literal struct{ Value any }

	// Path names a property: the first segment of the entity or of a lambda's variable, the others of nested
	// values. "$count" as last segment is the length of a collection.
	Path []string

	// Compare applies eq, ne, gt, ge, lt or le.
	Compare struct {
		Op          string
		Left, Right Expr
	}

	// Logic joins two or more terms by "and" or "or".
	Logic struct {
		Op    string
		Terms []Expr
	}

	// Not negates.
	Not struct{ Of Expr }

	// In tells whether the list holds the left value.
	In struct {
		Left Expr
		List []Expr
	}

	// Call is a function with its name in lower case, such as startswith.
	Call struct {
		Name string
		Args []Expr
	}

	// Lambda tells whether any or all elements of a collection fulfil the body. The body is nil in any().
	Lambda struct {
		Over Path
		All  bool
		Var  string
		Body Expr
	}
)

func (l Literal) children() []Expr { return nil }
func (p Path) children() []Expr    { return nil }
func (c Compare) children() []Expr { return []Expr{c.Left, c.Right} }
func (l Logic) children() []Expr   { return l.Terms }
func (n Not) children() []Expr     { return []Expr{n.Of} }
func (i In) children() []Expr      { return append([]Expr{i.Left}, i.List...) }
func (c Call) children() []Expr    { return c.Args }

func (l Lambda) children() []Expr {
	if l.Body == nil {
		return []Expr{l.Over}
	}
	return []Expr{l.Over, l.Body}
}

// Walk calls visit for a node and everything below it, parents first.
func Walk(e Expr, visit func(Expr)) {
	visit(e)
	for _, child := range e.children() {
		Walk(child, visit)
	}
}

// depth is 1 for a leaf.
func depth(e Expr) int {
	most := 0
	for _, child := range e.children() {
		most = max(most, depth(child))
	}
	return most + 1
}

// String writes the literal in OData's notation.
func (l Literal) String() string {
	switch v := l.Value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") { // or it would be read as an integer
			s += ".0"
		}
		return s
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return "null" // the parser makes nothing else
}

func (p Path) String() string { return strings.Join(p, "/") }

func (c Compare) String() string { return operand(c.Left) + " " + c.Op + " " + operand(c.Right) }

func (l Logic) String() string {
	terms := make([]string, len(l.Terms))
	for i, term := range l.Terms {
		terms[i] = term.String()
		if _, ok := term.(Logic); ok {
			terms[i] = "(" + terms[i] + ")"
		}
	}
	return strings.Join(terms, " "+l.Op+" ")
}

func (n Not) String() string { return "not " + operand(n.Of) }

func (i In) String() string { return operand(i.Left) + " in (" + join(i.List) + ")" }

func (c Call) String() string { return c.Name + "(" + join(c.Args) + ")" }

func (l Lambda) String() string {
	name := "/any("
	if l.All {
		name = "/all("
	}
	if l.Body == nil {
		return l.Over.String() + name + ")"
	}
	return l.Over.String() + name + l.Var + ":" + l.Body.String() + ")"
}

func join(list []Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = e.String()
	}
	return strings.Join(parts, ",")
}

// operand puts parentheses around what binds less than an operator.
func operand(e Expr) string {
	switch e.(type) {
	case Compare, Logic, Not, In:
		return "(" + e.String() + ")"
	}
	return e.String()
}
