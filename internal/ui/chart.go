package ui

import (
	"fmt"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// bucket is an hour or a day of the chart.
type bucket struct {
	begin            time.Time
	denied, unagreed int
}

func (b bucket) all() int { return b.denied + b.unagreed }

// span is what the chart covers.
type span struct {
	buckets     []bucket
	layout      string // of a bucket's begin
	words, unit string
	in          string // before a bucket's name
	each        int    // buckets between two that are named
}

// spanUntil makes the empty buckets that end with now.
func spanUntil(now time.Time, by string) span {
	if by == "day" {
		s := span{layout: "Mon 2 Jan", words: "the last two weeks", unit: "day", in: "on", each: 2}
		today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
		for back := 13; back >= 0; back-- {
			s.buckets = append(s.buckets, bucket{begin: today.AddDate(0, 0, -back)})
		}
		return s
	}
	s := span{layout: "15:04", words: "the last 24 hours", unit: "hour", in: "in the hour of", each: 3}
	hour := now.Add(-time.Duration(now.Minute())*time.Minute - time.Duration(now.Second())*time.Second - time.Duration(now.Nanosecond())) // also where zones have half hours
	for back := 23; back >= 0; back-- {
		s.buckets = append(s.buckets, bucket{begin: hour.Add(-time.Duration(back) * time.Hour)})
	}
	return s
}

// add counts the refusals among calls.
func (s span) add(calls []call) {
	for _, c := range calls {
		at := -1
		for i, b := range s.buckets {
			if !c.Time.Before(b.begin) {
				at = i
			}
		}
		switch {
		case at < 0:
		case c.isDenied():
			s.buckets[at].denied++
		case c.isUnagreed():
			s.buckets[at].unagreed++
		}
	}
}

// told says what the chart shows.
func (s span) told() string {
	sum, most := 0, bucket{}
	for _, b := range s.buckets {
		sum += b.all()
		if b.all() > most.all() {
			most = b
		}
	}
	if sum == 0 {
		return "Nothing was refused in " + s.words + "."
	}
	return count(sum, "call was", "calls were") + " not sent in " + s.words + "; most " + s.in + " " + most.begin.Format(s.layout) + ", " + strconv.Itoa(most.all()) + "."
}

// refusals is the chart, with its numbers as a table.
func (s *Server) refusals(calls []call, by string) g.Node {
	shown := spanUntil(s.config.Now(), by)
	shown.add(calls)
	return h.Section(h.Class("card panel"), h.Aria("labelledby", "refusals"),
		h.Div(h.Class("head"), h.H2(h.ID("refusals"), g.Text("Refusals by the "+shown.unit)),
			h.Ul(h.Class("legend"), h.Li(swatch("denied"), g.Text("refused by a rule")), h.Li(swatch("unagreed"), g.Text("not agreed to by a person")))),
		h.P(h.Class("lead"), g.Text(shown.told())),
		shown.draw(),
		shown.numbers(),
	)
}

func swatch(class string) g.Node {
	return g.El("svg", g.Attr("viewBox", "0 0 12 12"), h.Aria("hidden", "true"), g.El("rect", h.Class(class), g.Attr("width", "12"), g.Attr("height", "12"), g.Attr("rx", "3")))
}

// The chart's measures, in its own units.
const (
	chartWidth, chartHeight = 960, 200
	chartLeft, chartBottom  = 36, 26
	chartTop                = 10
)

func (s span) draw() g.Node {
	most := 4 // so that a single refusal is no tower
	for _, b := range s.buckets {
		most = max(most, b.all())
	}
	most = (most + 3) / 4 * 4 // the lines stand at whole numbers
	floor := float64(chartHeight - chartBottom)
	unit := (floor - chartTop) / float64(most)
	step := float64(chartWidth-chartLeft) / float64(len(s.buckets))
	var drawn g.Group
	for i := range 5 {
		n := most * i / 4
		y := number(floor - unit*float64(n))
		drawn = append(drawn, g.El("path", h.Class("rule"), g.Attr("d", fmt.Sprintf("M%d %sH%d", chartLeft, y, chartWidth))),
			g.El("text", g.Attr("x", number(chartLeft-8)), g.Attr("y", y), g.Attr("dy", ".35em"), g.Attr("text-anchor", "end"), g.Text(strconv.Itoa(n))))
	}
	for i, b := range s.buckets {
		x := float64(chartLeft) + step*float64(i)
		high, low := unit*float64(b.denied), unit*float64(b.unagreed)
		drawn = append(drawn, bar("denied", x+step*.18, floor-high, step*.64, high), bar("unagreed", x+step*.18, floor-high-low, step*.64, low))
		if i%s.each == 0 {
			drawn = append(drawn, g.El("text", g.Attr("x", number(x+step/2)), g.Attr("y", number(chartHeight-6)), g.Attr("text-anchor", "middle"), g.Text(b.begin.Format(s.layout))))
		}
	}
	return h.Div(h.Class("scroll"), h.TabIndex("0"), h.Role("group"), h.Aria("label", "The chart"),
		g.El("svg", h.Class("chart"), g.Attr("viewBox", fmt.Sprintf("0 0 %d %d", chartWidth, chartHeight)), h.Role("img"), h.Aria("label", "Bars: "+s.told()), drawn))
}

func bar(class string, x, y, width, height float64) g.Node {
	if height == 0 {
		return nil
	}
	return g.El("rect", h.Class(class), g.Attr("x", number(x)), g.Attr("y", number(y)), g.Attr("width", number(width)), g.Attr("height", number(height)), g.Attr("rx", "3"))
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// numbers is the chart for those who read it.
func (s span) numbers() g.Node {
	var rows g.Group
	for _, b := range s.buckets {
		if b.all() > 0 {
			rows = append(rows, h.Tr(h.Th(h.Scope("row"), g.Text(b.begin.Format("2 Jan, 15:04"))), h.Td(h.Class("number"), g.Text(strconv.Itoa(b.denied))), h.Td(h.Class("number"), g.Text(strconv.Itoa(b.unagreed)))))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return h.Details(h.Summary(g.Text("The same in numbers")), h.Table(
		h.THead(h.Tr(h.Th(h.Scope("col"), g.Text("From")), h.Th(h.Scope("col"), h.Class("number"), g.Text("Refused")), h.Th(h.Scope("col"), h.Class("number"), g.Text("Not agreed to")))),
		h.TBody(rows)))
}
