package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// A row is one measured quantity: medians of the rounds. What was not measured is 0.
type row struct {
	Measure  string  `json:"measure"`
	Unit     string  `json:"unit"`
	Direct   float64 `json:"direct,omitempty"`
	Floor    float64 `json:"floor,omitempty"`
	Product  float64 `json:"product"`
	ToDirect float64 `json:"toDirect,omitempty"` // product / direct, the median of the rounds' ratios
	ToFloor  float64 `json:"toFloor,omitempty"`  // product / floor, likewise
	// Low and High are the quartiles of the rounds' ratios to the floor, or to direct where there is no floor.
	Low    float64 `json:"low,omitempty"`
	High   float64 `json:"high,omitempty"`
	Rounds int     `json:"rounds,omitempty"`
	Budget string  `json:"budget,omitempty"`
	Met    bool    `json:"met"`             // true where there is no budget
	Close  bool    `json:"close,omitempty"` // the budget lies between the quartiles: another run may say otherwise
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

// single is a row of what needs no rounds, since it is the same in all of them.
func (r row) single() row {
	r.Met = true
	if r.Floor != 0 {
		r.ToFloor = r.Product / r.Floor
	}
	if r.Direct != 0 {
		r.ToDirect = r.Product / r.Direct
	}
	return r
}

// ratio is what a budget is about: to the floor where there is one.
func (r row) ratio() (value float64, to string) {
	if r.Floor != 0 {
		return r.ToFloor, "floor"
	}
	return r.ToDirect, "direct"
}

func (r row) atMost(limit float64) row {
	return r.within("<=", limit, func(ratio float64) bool { return ratio <= limit })
}

func (r row) atLeast(limit float64) row {
	return r.within(">=", limit, func(ratio float64) bool { return ratio >= limit })
}

// within is a budget on the ratio; of a limit of 0 there is none.
func (r row) within(sign string, limit float64, met func(ratio float64) bool) row {
	if limit == 0 {
		return r
	}
	ratio, to := r.ratio()
	r.Budget, r.Met = fmt.Sprintf("%s %.2f x %s", sign, limit, to), met(ratio)
	r.Close = r.Low <= limit && limit <= r.High
	return r
}

// productAtMost is a budget on the product's own figure.
func (r row) productAtMost(limit float64) row {
	r.Budget, r.Met = strings.TrimSpace(fmt.Sprintf("<= %s %s", number(limit), r.Unit)), r.Product <= limit
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

// row takes the medians. The ratios are medians of the rounds' ratios: what slows one round slows all of its sides.
func (p *pairs) row(measure, unit string) row {
	toDirect, toFloor := ratios(p.product, p.direct), ratios(p.product, p.floor)
	r := row{Measure: measure, Unit: unit, Direct: median(p.direct), Floor: median(p.floor), Product: median(p.product),
		ToDirect: median(toDirect), ToFloor: median(toFloor), Rounds: len(p.product), Met: true}
	spread := toFloor
	if len(spread) == 0 {
		spread = toDirect
	}
	r.Low, r.High = quantile(spread, 0.25), quantile(spread, 0.75)
	return r
}

func ratios(of, to []float64) []float64 {
	all := make([]float64, min(len(of), len(to)))
	for i := range all {
		all[i] = of[i] / to[i]
	}
	return all
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile interpolates between the two values that q lies between; it is 0 of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

func printTable(w io.Writer, rows []row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "measure\tunit\tdirect\tfloor\tproduct\tx direct\tx floor\tquartiles\tbudget\t\t")
	for _, r := range rows {
		quartiles := "-"
		if r.Rounds > 1 {
			quartiles = fmt.Sprintf("%.2f-%.2f", r.Low, r.High)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Measure, r.Unit, number(r.Direct), number(r.Floor), number(r.Product),
			ratio(r.ToDirect), ratio(r.ToFloor), quartiles, r.Budget, r.verdict())
	}
	t.Flush()
}

func (r row) verdict() string {
	var text string
	switch {
	case r.Budget == "":
		return ""
	case r.Met:
		text = "met"
	default:
		text = "MISSED"
	}
	if r.Close {
		text += ", within the spread"
	}
	return text
}

func ratio(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}

func number(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case v < 1:
		return fmt.Sprintf("%.3f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
