package tools

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// The bounds of one call, whatever the pages hold. A mark in a link counts items of one page, which a service may
// cut smaller the next time: it need not be made up for over many.
const (
	maxPages     = 1_000
	maxPassedBy  = 32 // pages that are read only to skip what they hold
	passedByNote = "the items of these pages count as shown already (mcp-skip): go on with the next link, or begin the list again"
)

// reading is one call's way through the pages of a collection. Of each page only what is shown of it is kept.
type reading struct {
	call    Call
	args    graphArguments
	request *graph.Request // of the page at hand
	answer  *compact.Answer
	seen    map[[sha256.Size]byte]bool // addresses of pages; nil before the first link
	slowest time.Duration              // of the pages so far
}

func newReading(c Call, args graphArguments, request *graph.Request) *reading {
	return &reading{call: c, args: args, request: request, answer: newAnswer(args, request)}
}

// gather makes the answer of a JSON response, and of the pages after it where maxItems asks for them. A list ends
// where a bound is reached, where the call's time is up or where a page cannot be read, always with the link to go
// on from; the link to later changes comes once everything before it was shown.
func (r *reading) gather(ctx context.Context, response *graph.Response, skip int) (Result, error) {
	for pages := 1; ; pages++ {
		p, err := r.answer.Add(response.Body, skip)
		if err != nil {
			return r.broken(err)
		}
		if !r.goesOn(p, skip, pages) {
			return Result{Text: r.end(p, skip)}, nil
		}
		r.call.Progress(r.answer.Items, r.args.MaxItems, fmt.Sprintf("%d items", r.answer.Items))
		if ctx.Err() != nil {
			return r.failed(ctx, p.Next, skip-p.Taken, context.Cause(ctx))
		}
		if timeShort(ctx, r.slowest) {
			return r.stop(p.Next, skip-p.Taken, "the call's time is up"), nil
		}
		start := time.Now()
		if response, err = r.next(ctx, p.Next); err != nil {
			return r.failed(ctx, p.Next, skip-p.Taken, err)
		}
		r.slowest = max(r.slowest, time.Since(start))
		skip = max(0, skip-p.Taken)
	}
}

// goesOn tells whether the page that p's link leads to is wanted, too.
func (r *reading) goesOn(p compact.Page, skip, pages int) bool {
	if r.request.Method() != http.MethodGet || p.Full || p.Next == "" || r.circular(p.Next) || pages >= maxPages {
		return false
	}
	if skip > p.Taken { // the page is smaller than the one that the mark was made for
		return pages < maxPassedBy
	}
	return r.args.MaxItems > 0 && r.answer.Items < r.args.MaxItems
}

// circular tells whether a link leads to a page that was read.
func (r *reading) circular(link string) bool {
	if r.seen == nil {
		r.seen = map[[sha256.Size]byte]bool{}
	}
	r.seen[sha256.Sum256([]byte(r.request.URL()))] = true
	return r.seen[sha256.Sum256([]byte(link))]
}

// end closes the answer after its last page.
func (r *reading) end(p compact.Page, skip int) string {
	a := r.answer
	switch {
	case r.request.Method() != http.MethodGet:
		return a.Text("", "", unread(p))
	case p.Full:
		return a.Text(addSkip(r.request.URL(), p.Taken), "", cutNote(a))
	case skip > p.Taken && p.Next != "" && !r.circular(p.Next):
		return a.Text(addSkip(p.Next, skip-p.Taken), "", passedByNote)
	case p.Next != "" && r.circular(p.Next):
		return a.Text("", "", "the service's next link leads back to a page that was read, so the list may not be complete")
	}
	return a.Text(addSkip(p.Next, skip-p.Taken), p.Delta, "")
}

// stop closes the answer before the page that a link leads to.
func (r *reading) stop(link string, skip int, why string) Result {
	return Result{Text: r.answer.Text(addSkip(link, skip), "", why+": go on with the next link")}
}

// broken ends with a page that is not JSON. What was read before is worth keeping.
func (r *reading) broken(err error) (Result, error) {
	err = fmt.Errorf("%s %s: %w", r.request.Method(), r.request.Path(), err)
	if r.answer.Items == 0 {
		return Result{}, err
	}
	return Result{Text: r.answer.Text("", "", "the answer ends here: "+err.Error())}, nil
}

// failed ends with a page that did not come. A call that was cancelled gets no answer, so it needs none.
func (r *reading) failed(ctx context.Context, link string, skip int, err error) (Result, error) {
	switch {
	case r.answer.Items == 0, errors.Is(ctx.Err(), context.Canceled):
		return Result{}, remedy(ctx, r.call, r.request, err)
	case ctx.Err() != nil:
		return r.stop(link, skip, "the call's time is up"), nil
	}
	var refusal *graph.Error
	if errors.As(err, &refusal) && slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusGone}, refusal.Status) {
		// The link is no longer good, and would not become so.
		return Result{Text: r.answer.Text("", "", "the next page was refused, so the list ends here: "+err.Error()+"; "+refusal.Hint())}, nil
	}
	return r.stop(link, skip, "the next page could not be read ("+err.Error()+")"), nil
}

// timeShort tells whether a call's deadline is likely to come before the next page.
func timeShort(ctx context.Context, slowest time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < slowest+slowest/2
}

// next reads the page that a link leads to.
func (r *reading) next(ctx context.Context, link string) (*graph.Response, error) {
	following, err := r.request.Next(link)
	if err != nil {
		return nil, err
	}
	response, err := r.call.Graph.Do(ctx, following)
	if err == nil {
		r.request = following
	}
	return response, err
}

func newAnswer(args graphArguments, request *graph.Request) *compact.Answer {
	a := &compact.Answer{MaxChars: args.MaxChars, MaxItems: args.MaxItems, Reserve: compact.TailRoom/2 + len(request.URL())}
	a.Raw = args.Format == "raw"
	a.KeepHTML = strings.Contains(strings.ToLower(request.Header("Prefer")), `body-content-type="html"`)
	if request.API() == graph.ResourceManager {
		a.NextName = "nextLink"
		return a
	}
	path := request.Readings()[0]
	if len(path) == 0 {
		return a
	}
	last := path[len(path)-1]
	a.KeepIDs = last == "$ref"
	a.KeepTag = slices.Contains(path, "planner") // every change of a task needs its tag
	a.KeepNulls = strings.HasPrefix(last, "delta") && request.Query("$deltatoken")+request.Query("$skiptoken")+request.Query("token") != ""
	a.Lean = request.Method() == http.MethodGet && !a.Raw && request.Query("$select") == ""
	a.NoBytes = a.Lean && !strings.Contains(request.Query("$expand"), "contentBytes")
	return a
}

// cutNote says why a list ends where it does, unless the caller asked for that.
func cutNote(a *compact.Answer) string {
	if a.MaxItems > 0 && a.Items >= a.MaxItems {
		return ""
	}
	return fmt.Sprintf("cut at maxChars after %d items; go on with the next link", a.Items)
}

// unread says what is missing of the answer to a call that must not be made again to see the rest.
func unread(p compact.Page) string {
	switch {
	case p.Full:
		return fmt.Sprintf("cut after %d items; the call was made, do not repeat it for the rest", p.Taken)
	case p.Next != "":
		return "there are more results than one answer holds; narrow the request"
	}
	return ""
}

// skipMark is, in a link that we hand out, how many of the page's first items were already shown.
var skipMark = regexp.MustCompile(`([?&])mcp-skip=(\d{1,9})(&|$)`)

func addSkip(link string, n int) string {
	if link == "" || n <= 0 {
		return link
	}
	separator := "?"
	if strings.Contains(link, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%smcp-skip=%d", link, separator, n)
}

// cutSkip takes the mark off again.
func cutSkip(path string) (string, int) {
	var m []int
	if strings.Contains(path, "mcp-skip=") { // seldom
		m = skipMark.FindStringSubmatchIndex(path)
	}
	if m == nil {
		return path, 0
	}
	n, err := strconv.Atoi(path[m[4]:m[5]])
	if err != nil {
		return path, 0
	}
	head, tail := path[:m[0]], path[m[7]:]
	if tail != "" {
		head += path[m[2]:m[3]]
	}
	return head + tail, n
}
