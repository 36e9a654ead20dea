package odata

import (
	"cmp"
	"strings"
	"time"
)

// Matches tells whether an entity fulfils a filter. Null is equal to null alone and neither less nor greater than
// anything. The error is a *[TypeError].
func Matches(e Expr, entity Entity) (bool, error) {
	v, err := scope{root: entity}.eval(e)
	return v == true, err
}

// Lookup returns the value at a path, nil where there is none.
func Lookup(entity Entity, path Path) any { return follow(entity, path) }

// scope is what names mean: properties of the root, and the variables of lambdas around.
type scope struct {
	root  Entity
	name  string // of the innermost variable
	value any
	outer *scope
}

func (s scope) eval(e Expr) (any, error) {
	switch e := e.(type) {
	case Literal:
		return e.Value, nil
	case Path:
		return s.path(e), nil
	case Compare:
		return s.compare(e)
	case Logic:
		return s.logic(e)
	case Not:
		v, err := s.eval(e.Of)
		return v != true, err
	case In:
		return s.in(e)
	case Call:
		return s.call(e)
	case Lambda:
		return s.lambda(e)
	}
	return nil, nil
}

func (s scope) path(p Path) any {
	for at := &s; at != nil; at = at.outer {
		if at.name != "" && at.name == p[0] {
			return follow(at.value, p[1:])
		}
	}
	if p[0] == "$it" {
		return follow(s.root, p[1:])
	}
	return follow(s.root, p)
}

func follow(v any, path Path) any {
	for _, name := range path {
		switch at := v.(type) {
		case map[string]any:
			v = property(at, name)
		case []any:
			if name != "$count" {
				return nil
			}
			v = int64(len(at))
		default:
			return nil
		}
	}
	return v
}

func property(m map[string]any, name string) any {
	if v, ok := m[name]; ok {
		return v
	}
	for key, v := range m {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

func (s scope) compare(c Compare) (any, error) {
	left, err := s.eval(c.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.eval(c.Right)
	if err != nil {
		return nil, err
	}
	if left == nil || right == nil {
		return (c.Op == "eq") == (left == nil && right == nil) && (c.Op == "eq" || c.Op == "ne"), nil
	}
	order, err := order(left, right)
	switch c.Op {
	case "eq":
		return order == 0, err
	case "ne":
		return order != 0, err
	case "gt":
		return order > 0, err
	case "ge":
		return order >= 0, err
	case "lt":
		return order < 0, err
	}
	return order <= 0, err
}

func (s scope) logic(l Logic) (any, error) {
	decisive := l.Op == "or"
	for _, term := range l.Terms {
		v, err := s.eval(term)
		if err != nil {
			return nil, err
		}
		if (v == true) == decisive {
			return decisive, nil
		}
	}
	return !decisive, nil
}

func (s scope) in(in In) (any, error) {
	for _, e := range in.List {
		v, err := s.compare(Compare{"eq", in.Left, e})
		if err != nil || v == true {
			return v, err
		}
	}
	return false, nil
}

func (s scope) call(c Call) (any, error) {
	args := make([]any, len(c.Args))
	for i, arg := range c.Args {
		v, err := s.eval(arg)
		if err != nil || v == nil {
			return nil, err
		}
		args[i] = v
	}
	f, _ := functionNamed(c.Name) // the parser let no other in
	return f.apply(args), nil
}

func (s scope) lambda(l Lambda) (any, error) {
	list, _ := s.path(l.Over).([]any)
	if l.Body == nil {
		return len(list) > 0, nil
	}
	for _, element := range list {
		v, err := scope{root: s.root, name: l.Var, value: element, outer: &s}.eval(l.Body)
		if err != nil {
			return nil, err
		}
		if (v == true) != l.All {
			return !l.All, nil
		}
	}
	return l.All, nil
}

// order compares two values that are not null.
func order(a, b any) (int, error) {
	if x, ok := number(a); ok {
		if y, ok := number(b); ok {
			return cmp.Compare(x, y), nil
		}
	}
	_, aTime := a.(time.Time)
	_, bTime := b.(time.Time)
	if aTime || bTime {
		x, ok := asTime(a)
		y, also := asTime(b)
		if ok && also {
			return x.Compare(y), nil
		}
	}
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(fold(a), fold(b)), nil
		}
	case bool:
		if b, ok := b.(bool); ok {
			return cmp.Compare(bit(a), bit(b)), nil
		}
	}
	return 0, &TypeError{edm(a), edm(b)}
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// asTime also reads the zoneless times of a dateTimeTimeZone, as UTC.
func asTime(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case string:
		if t, ok := parseTime(v); ok {
			return t, true
		}
		t, err := time.Parse("2006-01-02T15:04:05", v) // takes a fraction, too
		return t, err == nil
	}
	return time.Time{}, false
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// edm names the type of a value.
func edm(v any) string {
	switch v.(type) {
	case string:
		return "Edm.String"
	case bool:
		return "Edm.Boolean"
	case int64, int:
		return "Edm.Int64"
	case float64:
		return "Edm.Double"
	case time.Time:
		return "Edm.DateTimeOffset"
	case []any:
		return "Collection"
	}
	return "Edm.ComplexType"
}
