package odata

import (
	"cmp"
	"slices"
	"strings"
)

// Order is one key of a $orderby.
type Order struct {
	By         Path
	Descending bool
}

// ParseOrder parses a $orderby. Every error is a *[SyntaxError].
func ParseOrder(s string) ([]Order, error) {
	var keys []Order
	at := 0
	for part := range strings.SplitSeq(s, ",") {
		words := strings.Fields(part)
		bad := len(words) == 0 || len(words) > 2
		if len(words) == 2 && !strings.EqualFold(words[1], "asc") && !strings.EqualFold(words[1], "desc") {
			bad = true
		}
		if bad || !isPath(words[0]) {
			return nil, &SyntaxError{"Syntax error in $orderby", at}
		}
		keys = append(keys, Order{strings.Split(words[0], "/"), len(words) == 2 && strings.EqualFold(words[1], "desc")})
		at += len(part) + 1
	}
	return keys, nil
}

// Sort orders elements by the keys, null before everything else, those that are equal as they were.
func Sort[T any](list []T, keys []Order, entity func(T) Entity) {
	slices.SortStableFunc(list, func(a, b T) int {
		for _, key := range keys {
			c := rank(Lookup(entity(a), key.By), Lookup(entity(b), key.By))
			if key.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

func rank(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(bit(a != nil), bit(b != nil))
	}
	c, err := order(a, b)
	if err != nil { // of one type in every entity, or all the same to us
		return 0
	}
	return c
}

// isPath tells whether s is names joined by slashes.
func isPath(s string) bool {
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "" || !isNameStart(segment[0]) {
			return false
		}
		for i := range len(segment) {
			if !isWordByte(segment[i]) {
				return false
			}
		}
	}
	return true
}
