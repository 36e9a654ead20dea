package odata

import (
	"strings"
	"time"
	"unicode/utf8"
)

// function is one of the canonical functions (OData 4.01 URL conventions, 5.1.1).
type function struct {
	least, most int
	apply       func(args []any) any // never called with null among the arguments
}

// functionNamed looks a name in lower case up.
func functionNamed(name string) (f function, known bool) {
	switch name {
	case "startswith":
		return function{2, 2, onTexts(func(a, b string) any { return strings.HasPrefix(fold(a), fold(b)) })}, true
	case "endswith":
		return function{2, 2, onTexts(func(a, b string) any { return strings.HasSuffix(fold(a), fold(b)) })}, true
	case "contains":
		return function{2, 2, onTexts(func(a, b string) any { return strings.Contains(fold(a), fold(b)) })}, true
	case "concat":
		return function{2, 2, onTexts(func(a, b string) any { return a + b })}, true
	case "indexof":
		return function{2, 2, onTexts(indexOf)}, true
	case "tolower":
		return function{1, 1, onText(func(s string) any { return strings.ToLower(s) })}, true
	case "toupper":
		return function{1, 1, onText(func(s string) any { return strings.ToUpper(s) })}, true
	case "trim":
		return function{1, 1, onText(func(s string) any { return strings.TrimSpace(s) })}, true
	case "length":
		return function{1, 1, onText(func(s string) any { return int64(utf8.RuneCountInString(s)) })}, true
	case "substring":
		return function{2, 3, substring}, true
	case "year":
		return function{1, 1, onTime(func(t time.Time) any { return int64(t.Year()) })}, true
	case "month":
		return function{1, 1, onTime(func(t time.Time) any { return int64(t.Month()) })}, true
	case "day":
		return function{1, 1, onTime(func(t time.Time) any { return int64(t.Day()) })}, true
	case "hour":
		return function{1, 1, onTime(func(t time.Time) any { return int64(t.Hour()) })}, true
	case "minute":
		return function{1, 1, onTime(func(t time.Time) any { return int64(t.Minute()) })}, true
	case "second":
		return function{1, 1, onTime(func(t time.Time) any { return int64(t.Second()) })}, true
	case "date":
		return function{1, 1, onTime(func(t time.Time) any { return t.Truncate(24 * time.Hour) })}, true
	}
	return function{}, false
}

func fold(s string) string { return strings.ToLower(s) }

func onText(f func(string) any) func([]any) any {
	return func(args []any) any {
		s, ok := args[0].(string)
		if !ok {
			return nil
		}
		return f(s)
	}
}

func onTexts(f func(a, b string) any) func([]any) any {
	return func(args []any) any {
		a, ok := args[0].(string)
		b, also := args[1].(string)
		if !ok || !also {
			return nil
		}
		return f(a, b)
	}
}

func onTime(f func(time.Time) any) func([]any) any {
	return func(args []any) any {
		t, ok := asTime(args[0])
		if !ok {
			return nil
		}
		return f(t)
	}
}

func indexOf(a, b string) any {
	before, _, found := strings.Cut(fold(a), fold(b))
	if !found {
		return int64(-1)
	}
	return int64(utf8.RuneCountInString(before))
}

func substring(args []any) any {
	s, ok := args[0].(string)
	start, also := args[1].(int64)
	if !ok || !also || start < 0 {
		return nil
	}
	runes := []rune(s)
	runes = runes[min(start, int64(len(runes))):]
	if len(args) == 3 {
		n, ok := args[2].(int64)
		if !ok || n < 0 {
			return nil
		}
		runes = runes[:min(n, int64(len(runes)))]
	}
	return string(runes)
}
