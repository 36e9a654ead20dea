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
	answer  *answer
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
		p, err := r.answer.add(response.Body, skip)
		if err != nil {
			return r.broken(err)
		}
		if !r.goesOn(p, skip, pages) {
			return Result{Text: r.end(p, skip)}, nil
		}
		r.call.Progress(r.answer.items, r.args.MaxItems, fmt.Sprintf("%d items", r.answer.items))
		if ctx.Err() != nil {
			return r.failed(ctx, p.next, skip-p.taken, context.Cause(ctx))
		}
		if timeShort(ctx, r.slowest) {
			return r.stop(p.next, skip-p.taken, "the call's time is up"), nil
		}
		start := time.Now()
		if response, err = r.next(ctx, p.next); err != nil {
			return r.failed(ctx, p.next, skip-p.taken, err)
		}
		r.slowest = max(r.slowest, time.Since(start))
		skip = max(0, skip-p.taken)
	}
}

// goesOn tells whether the page that p's link leads to is wanted, too.
func (r *reading) goesOn(p page, skip, pages int) bool {
	if r.request.Method() != http.MethodGet || p.full || p.next == "" || r.circular(p.next) || pages >= maxPages {
		return false
	}
	if skip > p.taken { // the page is smaller than the one that the mark was made for
		return pages < maxPassedBy
	}
	return r.args.MaxItems > 0 && r.answer.items < r.args.MaxItems
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
func (r *reading) end(p page, skip int) string {
	a := r.answer
	switch {
	case r.request.Method() != http.MethodGet:
		return a.text("", "", unread(p))
	case p.full:
		return a.text(addSkip(r.request.URL(), p.taken), "", cutNote(a))
	case skip > p.taken && p.next != "" && !r.circular(p.next):
		return a.text(addSkip(p.next, skip-p.taken), "", passedByNote)
	case p.next != "" && r.circular(p.next):
		return a.text("", "", "the service's next link leads back to a page that was read, so the list may not be complete")
	}
	return a.text(addSkip(p.next, skip-p.taken), p.delta, "")
}

// stop closes the answer before the page that a link leads to.
func (r *reading) stop(link string, skip int, why string) Result {
	return Result{Text: r.answer.text(addSkip(link, skip), "", why+": go on with the next link")}
}

// broken ends with a page that is not JSON. What was read before is worth keeping.
func (r *reading) broken(err error) (Result, error) {
	err = fmt.Errorf("%s %s: %w", r.request.Method(), r.request.Path(), err)
	if r.answer.items == 0 {
		return Result{}, err
	}
	return Result{Text: r.answer.text("", "", "the answer ends here: "+err.Error())}, nil
}

// failed ends with a page that did not come. A call that was cancelled gets no answer, so it needs none.
func (r *reading) failed(ctx context.Context, link string, skip int, err error) (Result, error) {
	switch {
	case r.answer.items == 0, errors.Is(ctx.Err(), context.Canceled):
		return Result{}, remedy(ctx, r.call, r.request, err)
	case ctx.Err() != nil:
		return r.stop(link, skip, "the call's time is up"), nil
	}
	var refusal *graph.Error
	if errors.As(err, &refusal) && slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusGone}, refusal.Status) {
		// The link is no longer good, and would not become so.
		return Result{Text: r.answer.text("", "", "the next page was refused, so the list ends here: "+err.Error()+"; "+refusal.Hint())}, nil
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

func newAnswer(args graphArguments, request *graph.Request) *answer {
	a := &answer{maxChars: args.MaxChars, maxItems: args.MaxItems, reserve: tailRoom/2 + len(request.URL())}
	a.raw = args.Format == "raw"
	a.keepHTML = strings.Contains(strings.ToLower(request.Header("Prefer")), `body-content-type="html"`)
	if request.API() == graph.ResourceManager {
		a.nextName = "nextLink"
		return a
	}
	path := request.Readings()[0]
	if len(path) == 0 {
		return a
	}
	last := path[len(path)-1]
	a.keepIDs = last == "$ref"
	a.keepTag = slices.Contains(path, "planner") // every change of a task needs its tag
	a.keepNulls = strings.HasPrefix(last, "delta") && request.Query("$deltatoken")+request.Query("$skiptoken")+request.Query("token") != ""
	a.lean = request.Method() == http.MethodGet && !a.raw && request.Query("$select") == ""
	a.noBytes = a.lean && !strings.Contains(request.Query("$expand"), "contentBytes")
	return a
}

// cutNote says why a list ends where it does, unless the caller asked for that.
func cutNote(a *answer) string {
	if a.maxItems > 0 && a.items >= a.maxItems {
		return ""
	}
	return fmt.Sprintf("cut at maxChars after %d items; go on with the next link", a.items)
}

// unread says what is missing of the answer to a call that must not be made again to see the rest.
func unread(p page) string {
	switch {
	case p.full:
		return fmt.Sprintf("cut after %d items; the call was made, do not repeat it for the rest", p.taken)
	case p.next != "":
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
