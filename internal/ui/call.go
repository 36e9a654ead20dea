package ui

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/look"
)

// The words of the audit log that the dashboard knows (policy.Entry).
const (
	denied      = "denied"
	unconfirmed = "unconfirmed"
	declined    = "declined"
	confirmed   = "confirmed"
	sending     = "sending"
)

// call is a call as its lines tell of it together: one before it is sent, and one or two after.
type call struct{ Line }

// fold makes calls of lines, the newest first.
func fold(lines []Line) []call {
	var calls []call
	sent := map[string]int{} // where in calls, by call and item
	for _, l := range lines {
		id := l.Call + " " + l.Item
		at, known := sent[id]
		switch {
		case l.Stage == "":
			calls = append(calls, call{l})
		case known:
			begun := calls[at].Time
			calls[at].Line = l
			calls[at].Time = begun
		default:
			sent[id] = len(calls)
			calls = append(calls, call{l})
		}
	}
	slices.SortStableFunc(calls, func(a, b call) int { return b.Time.Compare(a.Time) })
	return calls
}

// isRefusal tells whether nothing was sent.
func (c call) isRefusal() bool { return c.isDenied() || c.isUnagreed() }
func (c call) isDenied() bool  { return c.Verdict == denied }

// isUnagreed tells whether a person did not agree, or was only asked so far.
func (c call) isUnagreed() bool { return c.Verdict == unconfirmed || c.Verdict == declined }

func (c call) isFailure() bool {
	return !c.isRefusal() && (c.Status >= 400 || c.Status == 0 && c.Code != "")
}

// outcome says in a word or two what became of a call.
func (c call) outcome() (look.Tone, string) {
	switch {
	case c.Verdict == denied:
		return look.Bad, "refused"
	case c.Verdict == unconfirmed:
		return look.Warn, "person asked"
	case c.Verdict == declined:
		return look.Warn, "person declined"
	case c.Stage == sending:
		return look.Warn, "no end known"
	case c.Status >= 400:
		return look.Bad, "failed, " + strconv.Itoa(c.Status)
	case c.Status == 0:
		return look.Bad, cmp.Or(c.Code, "no answer")
	}
	return look.Good, "done"
}

// why says what decided, and what the service added.
func (c call) why() string {
	text := c.Rule
	if c.Verdict == confirmed {
		text += ", agreed to"
		switch c.Agreed {
		case "person":
			text += " by a person"
		case "token":
			text += " through the model"
		}
	}
	if c.Code != "" && c.Status >= 400 {
		text += "; " + c.Code
	}
	return text
}

// duration writes how long a call took, as precisely as somebody reads it.
func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return strconv.Itoa(int(d.Minutes())) + " min " + strconv.Itoa(int(d.Seconds())%60) + " s"
}

// median returns the duration that half of the calls do not reach; 0 where none is known.
func median(calls []call) time.Duration {
	var all []time.Duration
	for _, c := range calls {
		if c.Took > 0 {
			all = append(all, c.Took)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}
