package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// returns is a check that finds what it is told.
func returns(name string, state State, needs ...*Check) *Check {
	return &Check{Name: name, Needs: needs, Run: func(context.Context) Finding { return Finding{State: state, Text: "text"} }}
}

// states runs checks and returns what was shown.
func states(t *testing.T, checks ...*Check) string {
	t.Helper()
	var shown []string
	if err := Run(t.Context(), checks, func(r Row) { shown = append(shown, r.Check+" "+string(r.State)+" "+r.Text) }); err != nil {
		t.Error(err)
	}
	return strings.Join(shown, "\n")
}

// What is wrong takes along all that stands on it, and names itself; what is skipped or only a warning takes nothing along.
func TestWhatStandsOnWhatIsWrong(t *testing.T) {
	t.Parallel()
	warned, skipped, wrong := returns("warned", Warning), returns("skipped", Skipped), returns("wrong", Wrong)
	above := returns("above", OK, warned, wrong)
	got := states(t, warned, skipped, wrong, returns("fine", OK, warned, skipped), above, returns("far above", OK, above), returns("stranger", OK, returns("not there", Wrong)))
	want := `warned warning text
skipped skipped text
wrong wrong text
fine ok text
above skipped not looked at, as this is wrong: wrong
far above skipped not looked at, as this is wrong: wrong
stranger ok text`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Those that do not stand on each other run at the same time, and are shown in their order all the same.
func TestOrderAndTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		slow := func(name string, wait time.Duration) *Check {
			return &Check{Name: name, Run: func(ctx context.Context) Finding {
				select {
				case <-time.After(wait):
					return Finding{State: OK, Text: "text"}
				case <-ctx.Done():
					return Finding{State: Wrong, Text: ctx.Err().Error()}
				}
			}}
		}
		got := states(t, slow("first", 3*time.Second), slow("second", time.Second), slow("third", time.Hour))
		if want := "first ok text\nsecond ok text\nthird wrong there was no answer within 10 seconds"; got != want {
			t.Errorf("got\n%s", got)
		}
		if took := time.Since(began); took != inOne {
			t.Errorf("it took %s", took)
		}
	})
}

// A check that hangs in the system is left behind, and the whole ends after a minute.
func TestNothingTakesForever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		defer close(free)
		var checks []*Check
		for range 10 * atOnce {
			checks = append(checks, &Check{Name: "hung", Run: func(context.Context) Finding { <-free; return Finding{} }})
		}
		began, texts := time.Now(), map[string]int{}
		if err := Run(t.Context(), checks, func(r Row) { texts[r.Text]++ }); err != nil {
			t.Error(err)
		}
		want := map[string]int{"there was no answer within 10 seconds": 5 * atOnce, "the examination ended before there was an answer": 5 * atOnce}
		if diff := cmp.Diff(want, texts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if took := time.Since(began); took > inAll+grace {
			t.Errorf("it took %s", took)
		}
	})
}

func TestInterruptedRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Run(ctx, []*Check{{Name: "one", Run: func(ctx context.Context) Finding { return Finding{State: Wrong, Text: ctx.Err().Error()} }}}, func(Row) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What others have said comes on one line, of bounded length, and steers no terminal.
func TestTextsAreTidied(t *testing.T) {
	t.Parallel()
	c := &Check{Name: "said", Run: func(context.Context) Finding {
		return Finding{State: Wrong, Text: "a\x1b[31m\r\n b\u202e\u2028c\xff" + strings.Repeat("x", 10_000), Do: "do\nit"}
	}}
	var row Row
	if err := Run(t.Context(), []*Check{c}, func(r Row) { row = r }); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(row.Text, "a [31m b c x") || len([]rune(row.Text)) != mostSay+1 || row.Do != "do it" {
		t.Errorf("got %.40q… of %d characters, %q", row.Text, len([]rune(row.Text)), row.Do)
	}
	row.Profile, row.Text = "lab", "it is so"
	if state, rest := row.Line(); state != "wrong" || rest != "lab said: it is so; do it" {
		t.Errorf("got %s %s", state, rest)
	}
}

type hinted struct{ error }

func (hinted) Hint() string { return "do this" }

func TestHints(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), "else"},
		{hinted{errors.New("x")}, "do this"},
		{errors.Join(errors.New("y"), hinted{errors.New("x")}), "do this"},
	} {
		if got := hint(row.err, "else"); got != row.want {
			t.Errorf("%v: got %q", row.err, got)
		}
	}
}
