package profile

import (
	"maps"
	"reflect"
	"slices"
)

// What the TOML library parsed, as a tree to reckon with: before the Editor
// takes a new text for the old one's, the two trees have to differ by exactly
// what was asked for.

// tableOf returns the table that tree has at key, or nil.
func tableOf(tree map[string]any, key string) map[string]any {
	table, _ := tree[key].(map[string]any)
	return table
}

// with returns tree with value at key; tree itself stays as it is.
func with(tree map[string]any, key string, value any) map[string]any {
	out := make(map[string]any, len(tree)+1)
	maps.Copy(out, tree)
	out[key] = value
	return out
}

// withoutName returns tree without the profile and without its name in the
// lists of profiles.
func withoutName(tree map[string]any, name string) map[string]any {
	profiles := maps.Clone(tableOf(tree, "profiles"))
	delete(profiles, name)
	out := with(tree, "profiles", profiles)
	if http := tableOf(tree, "http"); http != nil {
		http = withoutListed(http, name)
		// An element is a table in [[http.api_keys]] and in api_keys = [{...}] alike.
		switch keys := http["api_keys"].(type) {
		case []map[string]any:
			http["api_keys"] = mapped(keys, func(k map[string]any) map[string]any { return withoutListed(k, name) })
		case []any:
			http["api_keys"] = mapped(keys, func(k any) any {
				if table, ok := k.(map[string]any); ok {
					return withoutListed(table, name)
				}
				return k
			})
		}
		out["http"] = http
	}
	return out
}

// withoutListed returns table without name in its list called profiles.
func withoutListed(table map[string]any, name string) map[string]any {
	out := maps.Clone(table)
	if listed, ok := table["profiles"].([]any); ok {
		out["profiles"] = slices.DeleteFunc(slices.Clone(listed), func(v any) bool { return v == name })
	}
	return out
}

func mapped[T any](list []T, f func(T) T) []T {
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// sameTree reports whether two trees are the same, a table of profiles or of
// the endpoint that is empty counting as none.
func sameTree(a, b map[string]any) bool {
	for _, tree := range []*map[string]any{&a, &b} {
		for _, key := range []string{"profiles", "http"} {
			if table, ok := (*tree)[key].(map[string]any); ok && len(table) == 0 {
				*tree = maps.Clone(*tree)
				delete(*tree, key)
			}
		}
	}
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}
