package client

import "testing"

// The check does not trust the editor: it finds what an editor with a mistake in it would do.
func TestCheckFindsMistakes(t *testing.T) {
	t.Parallel()
	wanted := []field{{name: "command", value: "/ms"}}
	f := jsonForm{path: []string{"servers"}}
	for after, good := range map[string]bool{
		`{"a": 1, "servers": {"b": {"c": [1]}, "ms": {"command": "/ms"}}}`:            true,
		`{"a": 1, "servers": {"ms": {"command": "/ms", "x": 1}, "b": {"c": [1]}}}`:    true,
		`{"a": 1, "servers": {"b": {"c": [2]}, "ms": {"command": "/ms"}}}`:            false,
		`{"a": 1, "servers": {"ms": {"command": "/ms"}}}`:                             false,
		`{"a": 2, "servers": {"b": {"c": [1]}, "ms": {"command": "/ms"}}}`:            false,
		`{"servers": {"b": {"c": [1]}, "ms": {"command": "/ms"}}}`:                    false,
		`{"a": 1, "a": 1, "servers": {"b": {"c": [1]}, "ms": {"command": "/ms"}}}`:    false,
		`{"a": 1, "servers": {"b": {"c": [1]}, "ms": {"command": "/other"}}}`:         false,
		`{"a": 1, "servers": {"b": {"c": [1]}}}`:                                      false,
		`{"a": 1, "servers": {"b": {"c": [1]}, "ms": {"command": "/ms"}`:              false,
		`{"a": 1, "servers": {"b": {"c": [1]}, "d": 1, "ms": {"command": "/ms"}}}`:    false,
		`{"a": 1, "x": {}, "servers": {"b": {"c": [1]}, "ms": {"command": "/ms"}}}`:   false,
		`{"servers": {"b": {"c": [1]}, "ms": {"command": "/ms"}}, "a": 1, "b": null}`: false,
	} {
		before, err := f.open(`{"a": 1, "servers": {"b": {"c": [1]}}}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.check(before, after, []string{"servers", "ms"}, wanted); (got == nil) != good {
			t.Errorf("%s: got %v, want good: %v", after, got, good)
		}
	}
	before := map[string]any{"a": int64(1), "t": map[string]any{"b": "c"}}
	for name, test := range map[string]struct {
		after map[string]any
		same  bool
	}{
		"ours":    {map[string]any{"a": int64(1), "t": map[string]any{"b": "c", "ms": "x"}}, true},
		"other":   {map[string]any{"a": int64(1), "t": map[string]any{"b": "d"}}, false},
		"gone":    {map[string]any{"a": int64(1)}, false},
		"outside": {map[string]any{"a": int64(2), "t": map[string]any{"b": "c"}}, false},
	} {
		if got := sameBut(before, test.after, "t", "ms"); got != test.same {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
