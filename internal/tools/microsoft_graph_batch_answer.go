package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// batchAnswer is what a model gets to see of one item of a batch.
type batchAnswer struct {
	args     batchArguments
	request  *graph.Request
	response graph.BatchResponse
	body     string // JSON; "" where there is none
	note     string // at the body's end; "" where there is none
}

// mostRemedies bounds the refusals of one batch for which something is read to explain them.
const mostRemedies = 5

// remedies are the words on what to do next that a batch's items have got so far.
type remedies struct {
	call  Call
	given map[string]string // → the ID of the item that it was written for
	left  int               // how many refusals something may still be read for
	till  time.Time         // how long, for all of them
}

// leastShare is the room below which a body is not worth shaping.
const leastShare = 2_000

// batchResult writes the answers of all items. Their IDs and statuses are always there; the bodies share maxChars.
func batchResult(ctx context.Context, c Call, maxChars int, answers []*batchAnswer) (Result, error) {
	heads, room, failures := make([]orderedObject, len(answers)), maxChars-compact.TailRoom/4, 0
	words := &remedies{call: c, given: map[string]string{}, left: mostRemedies, till: time.Now().Add(errandTime)}
	for i, a := range answers {
		heads[i] = orderedObject{{"id", a.response.ID}}
		if a.response.Response != nil {
			heads[i] = append(heads[i], member{"status", a.response.Response.Status})
		}
		if a.response.Err != nil {
			failures++
			heads[i] = append(heads[i], a.failure(ctx, words)...)
		} else if a.body = a.shaped(maxChars); a.body == "" {
			heads[i] = append(heads[i], a.place()...)
		}
		room -= len(heads[i].encode()) + len(`,"body":`)
	}
	share(answers, room)
	sayOnce(answers)
	var b strings.Builder
	b.WriteString(`{"responses":[`)
	for i, a := range answers {
		if i > 0 {
			b.WriteByte(',')
		}
		head := bytes.TrimSuffix(heads[i].encode(), []byte("}"))
		b.Write(head)
		if a.body != "" {
			b.WriteString(`,"body":` + a.body)
		}
		b.WriteByte('}')
	}
	b.WriteString("]}")
	if failures == len(answers) {
		return Result{}, &batchError{text: b.String()}
	}
	return Result{Text: b.String()}, nil
}

// batchError is a batch of which everything failed.
type batchError struct{ text string }

func (e *batchError) Error() string { return e.text }

// share cuts the bodies so that together they take at most room. The small ones stay whole; what they leave, the
// others share alike.
func share(answers []*batchAnswer, room int) {
	bySize := slices.SortedFunc(slices.Values(answers), func(a, b *batchAnswer) int { return len(a.body) - len(b.body) })
	for i, a := range bySize {
		most := max(0, room) / (len(bySize) - i)
		if len(a.body) > most {
			a.body = a.shaped(most)
		}
		room -= len(a.body)
	}
}

// sayOnce puts a reference in the place of a note that stands under an answer before.
func sayOnce(answers []*batchAnswer) {
	said := map[string]string{} // → the ID of the item
	for _, a := range answers {
		rest, noted := strings.CutSuffix(a.body, compact.Quote(a.note)+"}")
		first, again := said[a.note]
		switch reference := fmt.Sprintf("as for %q", first); {
		case !noted || a.note == "":
		case !again:
			said[a.note] = a.response.ID
		case len(reference) < len(a.note):
			a.body = rest + compact.Quote(reference) + "}"
		}
	}
}

// shaped returns an item's body as JSON in at most most bytes, or nearly, as microsoft_graph would show it.
func (a *batchAnswer) shaped(most int) string {
	a.note = ""
	r := a.response.Response
	switch {
	case len(r.Body) == 0 || r.Status >= http.StatusMultipleChoices:
		return ""
	case len(r.Body) > most && most < leastShare+len(a.request.URL()):
		return compact.Quote(fmt.Sprintf("[%d bytes, left out at maxChars: ask for it by itself, or with $select and $top]", len(r.Body)))
	case !isJSON(r) || isContent(a.request):
		text, err := otherContent(r, max(0, most/2-compact.TailRoom/2))
		if err != nil {
			return compact.Quote("[" + err.Error() + "]")
		}
		return compact.Quote(text.Text)
	case a.args.Format == "raw" && len(r.Body) <= most:
		return string(bytes.TrimSpace(r.Body))
	}
	answer := newAnswer(graphArguments{Method: a.request.Method(), MaxChars: most, Format: a.args.Format}, a.request)
	p, err := answer.Add(r.Body, 0)
	text := ""
	switch {
	case err != nil:
		return compact.Quote("[" + err.Error() + "]")
	case a.request.Method() != http.MethodGet:
		text = answer.Text("", "", unread(p))
	case p.Full:
		text = answer.Text(addSkip(a.request.URL(), p.Taken), "", cutNote(answer))
	default:
		text = answer.Text(p.Next, p.Delta, "")
	}
	a.note = answer.Note
	return text
}

// place tells where the answer is that is not here. The address of a file's content opens it without a token, so
// it is not shown.
func (a *batchAnswer) place() orderedObject {
	r := a.response.Response
	location := r.Header.Get("Location")
	switch {
	case a.response.LeftOut:
		return orderedObject{{"note", "it was carried out; its answer is left out, since all of them together are too large: do not repeat it for that"}}
	case r.Status >= http.StatusMultipleChoices && r.Status != http.StatusNotModified:
		return orderedObject{{"note", "a file's content is not part of a batch: use download_file or read_document"}}
	case location != "" && r.Status == http.StatusAccepted:
		return orderedObject{{"location", location}}
	}
	return nil
}

// failure tells why an item failed and what to do.
func (a *batchAnswer) failure(ctx context.Context, words *remedies) orderedObject {
	err := words.explain(ctx, a)
	out := orderedObject{}
	var refusal *graph.Error
	var waited *graph.WaitError
	switch {
	case a.args.Format == "raw" && a.response.Response != nil && json.Valid(a.response.Response.Body):
		out = append(out, member{"body", json.RawMessage(clipJSON(a.response.Response.Body))})
	case errors.As(err, &waited) || !errors.As(err, &refusal):
		out = append(out, member{"error", orderedObject{{"message", err.Error()}}})
	default:
		out = append(out, member{"error", refusalMembers(refusal)})
	}
	hint := hintOf(err)
	switch first := words.given[hint]; {
	case hint == "":
	case first != "":
		out = append(out, member{"remedy", fmt.Sprintf("as for %q", first)})
	default:
		words.given[hint] = a.response.ID
		out = append(out, member{"remedy", hint})
	}
	return out
}

// explain says of a refusal what a single call would be told. Where something has to be read for that, the first
// ones have to do.
func (w *remedies) explain(ctx context.Context, a *batchAnswer) error {
	var refusal *graph.Error
	if errors.As(a.response.Err, &refusal) && takesReading(a.request, refusal) {
		if w.left == 0 || time.Now().After(w.till) {
			return explain(ctx, w.call.Profile, a.response.Err)
		}
		w.left--
	}
	return remedy(ctx, w.call, a.request, a.response.Err)
}

// refusalMembers are those of a refusal that a model needs; a 424 has no request-id of use.
func refusalMembers(e *graph.Error) orderedObject {
	out := orderedObject{{"code", strings.Join(append([]string{e.Code}, e.InnerCodes...), " > ")}, {"message", e.Message}}
	if e.Target != "" {
		out = append(out, member{"target", e.Target})
	}
	if e.RequestID != "" && e.Status != http.StatusFailedDependency {
		out = append(out, member{"requestId", e.RequestID})
	}
	return out
}

// clipJSON replaces an error's body that is longer than any real one.
func clipJSON(body []byte) []byte {
	if len(body) <= 4<<10 {
		return body
	}
	return []byte(compact.Quote(compact.Clip(string(body), 4<<10)))
}
