package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// A row is one measured quantity. Direct is 0 where there is none.
type row struct {
	Measure string  `json:"measure"`
	Unit    string  `json:"unit"`
	Direct  float64 `json:"direct,omitempty"`
	Floor   float64 `json:"floor"`
	Product float64 `json:"product"`
	Ratio   float64 `json:"ratio"` // product / floor
	Budget  string  `json:"budget,omitempty"`
	Met     bool    `json:"met"` // true where there is no budget
}

func (r *row) set(contender string, value float64) {
	switch contender {
	case "direct":
		r.Direct = value
	case "floor":
		r.Floor = value
	case "product":
		r.Product = value
	}
}

func (r row) ratio(v float64) row {
	r.Ratio, r.Met = v, true
	return r
}

func (r row) atMost(limit float64) row {
	if limit != 0 {
		r.Budget, r.Met = fmt.Sprintf("<= %.2f x", limit), r.Ratio <= limit
	}
	return r
}

func (r row) atLeast(limit float64) row {
	if limit != 0 {
		r.Budget, r.Met = fmt.Sprintf(">= %.2f x", limit), r.Ratio >= limit
	}
	return r
}

// productAtMost is a budget on the product's own figure.
func (r row) productAtMost(limit float64) row {
	r.Budget, r.Met = fmt.Sprintf("<= %.0f %s", limit, r.Unit), r.Product <= limit
	return r
}

// pairs collects one quantity's values, one per round and contender.
type pairs struct {
	direct, floor, product []float64
}

func (p *pairs) add(contender string, value float64) {
	switch contender {
	case "direct":
		p.direct = append(p.direct, value)
	case "floor":
		p.floor = append(p.floor, value)
	case "product":
		p.product = append(p.product, value)
	}
}

// row takes the medians. The ratio is the median of the rounds' ratios: what slows one round slows both of its
// sides.
func (p pairs) row(measure, unit string) row {
	ratios := make([]float64, min(len(p.floor), len(p.product)))
	for i := range ratios {
		ratios[i] = p.product[i] / p.floor[i]
	}
	r := row{Measure: measure, Unit: unit, Direct: median(p.direct), Floor: median(p.floor), Product: median(p.product)}
	return r.ratio(median(ratios))
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	if half := len(sorted) / 2; len(sorted)%2 == 1 {
		return sorted[half]
	}
	half := len(sorted) / 2
	return (sorted[half-1] + sorted[half]) / 2
}

func printTable(w io.Writer, rows []row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "measure\tunit\tdirect\tfloor\tproduct\tproduct / floor\tbudget\t")
	for _, r := range rows {
		verdict := ""
		if !r.Met {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%.2f\t%s\t%s\n", r.Measure, r.Unit, number(r.Direct), number(r.Floor),
			number(r.Product), r.Ratio, r.Budget, verdict)
	}
	t.Flush()
}

func number(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
