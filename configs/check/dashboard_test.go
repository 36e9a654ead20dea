package check

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

type panel struct {
	ID      int    `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	GridPos struct{ H, W, X, Y int }
	Targets []struct {
		RefID string `json:"refId"`
		Expr  string `json:"expr"`
	} `json:"targets"`
}

// TestDashboard holds what Grafana's importer needs, and has Prometheus parse every query. That the metrics exist is
// held where they are made.
func TestDashboard(t *testing.T) {
	t.Parallel()
	var dashboard struct {
		UID           string  `json:"uid"`
		Title         string  `json:"title"`
		SchemaVersion int     `json:"schemaVersion"`
		Panels        []panel `json:"panels"`
		Templating    struct {
			List []struct{ Name, Type string }
		} `json:"templating"`
	}
	if err := json.Unmarshal(read(t, "grafana-dashboard.json"), &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.UID == "" || dashboard.Title == "" || dashboard.SchemaVersion < 36 {
		t.Errorf("the dashboard says uid %q, title %q, version %d", dashboard.UID, dashboard.Title, dashboard.SchemaVersion)
	}
	variables := []string{"$__rate_interval", "5m", "$__range", "6h"}
	for _, v := range dashboard.Templating.List {
		variables = append(variables, "$"+v.Name, "x")
	}
	seen := map[int]bool{}
	var queries []string
	for i, p := range dashboard.Panels {
		if seen[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		seen[p.ID] = true
		for _, other := range dashboard.Panels[:i] {
			if overlap(p, other) {
				t.Errorf("%q lies over %q", p.Title, other.Title)
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			query := strings.NewReplacer(variables...).Replace(target.Expr)
			if strings.Contains(query, "$") {
				t.Errorf("%q asks for a variable that is not there: %s", p.Title, query)
			}
			queries = append(queries, query)
		}
	}
	parse(t, queries)
}

func overlap(a, b panel) bool {
	x, y := a.GridPos, b.GridPos
	return x.X < y.X+y.W && y.X < x.X+x.W && x.Y < y.Y+y.H && y.Y < x.Y+x.H
}

// parse has promtool read the queries as rules, which it then does not evaluate.
func parse(t *testing.T, queries []string) {
	t.Helper()
	var rules []any
	for i, query := range queries {
		rules = append(rules, map[string]any{"record": fmt.Sprintf("r%d", i), "expr": query})
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	write(t, file, string(text))
	run(t, "promtool", "check", "rules", file)
}
