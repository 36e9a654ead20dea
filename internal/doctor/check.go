package doctor

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
)

// State is how it stands with what a check looks at.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // it works, and something should be seen to
	Wrong   State = "wrong"
	Skipped State = "skipped" // there is nothing to look at, or what it stands on is wrong
)

// Finding is what a check has found.
type Finding struct {
	State State
	Text  string // what was found, or what is wrong
	Do    string // the one thing to do; "" where nothing is to be done
}

// Check looks at one thing. Run must return soon after its context has ended.
type Check struct {
	Profile string // whom it is about: a profile, several with commas between them, or "" for all
	Name    string
	Needs   []*Check // what it stands on: it is not made where one of them is wrong, or was not made for that reason
	Run     func(context.Context) Finding
}

// Row is a check and what came of it.
type Row struct {
	Profile string `json:"profile"`
	Check   string `json:"check"`
	State   State  `json:"state"`
	Text    string `json:"text"`
	Do      string `json:"do"`
}

// The bounds of an examination.
const (
	inOne   = 10 * time.Second // one check
	inAll   = time.Minute      // all of them
	grace   = time.Second      // for a check to say itself that its time is over
	atOnce  = 8                // checks under way
	mostSay = 600              // characters of a text
)

// outcome is a check under way.
type outcome struct {
	done    chan struct{} // closed when the others are set
	finding Finding
	missing string // why what stands on it is not to be looked at: the name of what is wrong; "" where it is
}

// Run makes checks and shows what came of them, in their order, each as soon as it is known with all before it. What a
// check needs has to stand before it. A check takes 10 seconds at most, all together take a minute. It returns ctx's error
// where that ended first.
func Run(ctx context.Context, checks []*Check, show func(Row)) error {
	limited, cancel := context.WithTimeout(ctx, inAll)
	defer cancel()
	outcomes := make(map[*Check]*outcome, len(checks))
	places := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for _, c := range checks {
		var needs []*outcome
		for _, need := range c.Needs {
			if ground := outcomes[need]; ground != nil {
				needs = append(needs, ground)
			}
		}
		o := &outcome{done: make(chan struct{})}
		outcomes[c] = o
		running.Go(func() {
			defer close(o.done)
			if missing := awaited(needs); missing != "" {
				o.finding, o.missing = Finding{State: Skipped, Text: "not looked at, as this is wrong: " + missing}, missing
				return
			}
			o.finding = c.inPlace(limited, places)
			if o.finding.State == Wrong {
				o.missing = c.Name
			}
		})
	}
	for _, c := range checks {
		o := outcomes[c]
		<-o.done
		show(Row{Profile: c.Profile, Check: c.Name, State: o.finding.State, Text: tidy(o.finding.Text), Do: tidy(o.finding.Do)})
	}
	running.Wait()
	return ctx.Err()
}

// awaited waits for what a check stands on, and names what of it is missing; "" where nothing is.
func awaited(needs []*outcome) string {
	for _, need := range needs {
		<-need.done
		if need.missing != "" {
			return need.missing
		}
	}
	return ""
}

// inPlace makes the check once there is a place for it.
func (c *Check) inPlace(ctx context.Context, places chan struct{}) Finding {
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
		return c.within(ctx)
	case <-ctx.Done():
		return ended()
	}
}

// ended is what there is to say where the time of all was over.
func ended() Finding {
	return Finding{State: Wrong, Text: "the examination ended before there was an answer", Do: "look at one profile alone: microsoft-mcp-server doctor PROFILE"}
}

// within makes the check within its time. One that does not heed it, because a file system or a bus hangs, is left behind.
func (c *Check) within(ctx context.Context) Finding {
	limited, cancel := context.WithTimeout(ctx, inOne)
	defer cancel()
	found := make(chan Finding, 1)
	go func() { found <- c.Run(limited) }()
	select {
	case f := <-found:
		return c.inTime(ctx, limited, f)
	case <-limited.Done():
	}
	wait := time.NewTimer(grace)
	defer wait.Stop()
	select {
	case f := <-found:
		return c.inTime(ctx, limited, f)
	case <-wait.C:
		return c.inTime(ctx, limited, Finding{State: Wrong})
	}
}

// inTime says of a finding that time was what it wanted for, where it was.
func (c *Check) inTime(ctx, limited context.Context, f Finding) Finding {
	switch {
	case f.State != Wrong || limited.Err() == nil:
		return f
	case ctx.Err() != nil:
		return ended()
	}
	f.Text = fmt.Sprintf("there was no answer within %.0f seconds", inOne.Seconds())
	return f
}

// tidy brings a text that others may have written onto one line of bounded length: control characters, and what would
// turn the direction of a terminal's text, are blanks.
func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > mostSay {
		return string(runes[:mostSay]) + "…"
	}
	return text
}

// list writes at most a handful of words.
func list(words []string, most int) string {
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
}

// hint returns what an error says is to be done, else what we would say.
func hint(err error, otherwise string) string {
	for _, e := range chain(err) {
		if hinted, ok := e.(interface{ Hint() string }); ok && hinted.Hint() != "" {
			return hinted.Hint()
		}
	}
	return otherwise
}

// chain returns an error and all that it wraps, outermost first.
func chain(err error) []error {
	if err == nil {
		return nil
	}
	all := []error{err}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		all = append(all, chain(e.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			all = append(all, chain(one)...)
		}
	}
	return all
}
