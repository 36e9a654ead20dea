package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Markup goes as it is: escaped for HTML, as encoding/json would, it were six times as long as was counted.
func TestMarkupDoesNotGrow(t *testing.T) {
	t.Parallel()
	f := &far{t: t, answer: ok}
	body := `{"content":"` + strings.Repeat("<&>", 1<<20-100) + `"}`
	if _, err := runBatch(f, BatchItem{ID: "a", Method: "POST", URL: "/me/messages", Body: json.RawMessage(body)}); err != nil || !strings.Contains(f.bodies[0], body) {
		t.Errorf("got an envelope of %d bytes for a body of %d (%v)", len(f.bodies[0]), len(body), err)
	}
}

// A change that was carried out stays one where there is no room for its answer.
func TestAnswersWithoutRoom(t *testing.T) {
	t.Parallel()
	f := &far{t: t, answer: func(item wireItem, _ int) wireAnswer {
		a := wireAnswer{ID: item.ID, Status: 201}
		if item.ID == "write" || item.ID == "read" {
			a.Body = json.RawMessage(`"more than there is room for"`)
		}
		return a
	}}
	items := []BatchItem{{ID: "write", Method: "POST", URL: "/users", Body: json.RawMessage(`{}`)}, get("read")}
	for i := range 19 { // so that the last one goes with another envelope
		items = append(items, get(fmt.Sprint(i), "write"))
	}
	items = append(items, get("last", "write"))
	envelope, err := endpoints(t).NewRequest(Params{Method: "POST", Path: "/$batch"})
	if err != nil {
		t.Fatal(err)
	}
	b := &batch{caller: f, envelope: envelope, room: 8}
	if b.steps, err = newSteps(envelope, items); err != nil {
		t.Fatal(err)
	}
	b.run(t.Context(), planChains(b.steps))
	all, err := b.responses()
	if err != nil || len(f.envelopes) != 3 {
		t.Fatalf("got %v after %d envelopes", err, len(f.envelopes))
	}
	var tooLarge *TooLargeError
	write, read, last := all[0], all[1], all[len(all)-1]
	if write.Err != nil || !write.LeftOut || write.Response.Status != 201 || len(write.Response.Body) != 0 {
		t.Errorf("the write: got %v, left out: %t", write.Err, write.LeftOut)
	}
	if !errors.As(read.Err, &tooLarge) || read.LeftOut {
		t.Errorf("the read: got %v, left out: %t", read.Err, read.LeftOut)
	}
	if last.Err != nil || last.LeftOut {
		t.Errorf("what depends on the write: got %v, left out: %t", last.Err, last.LeftOut)
	}
}
