package policy_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Every header that a caller may set is part of what is agreed to, and its conditions are part of the question.
func TestHeadersBelongToWhatIsAgreedTo(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"PUT /**"}})
	ask := func(header http.Header) *policy.ConfirmError {
		request, err := endpoints(t).NewRequest(graph.Params{Method: "PUT", Path: "/me/drive/root:/a.txt:/content", Header: header, Body: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = policy.Guard(&recorder{}, p, &book{}, policy.By{}).Do(t.Context(), request)
		var confirm *policy.ConfirmError
		if !errors.As(err, &confirm) {
			t.Fatalf("%v: got %v", header, err)
		}
		return confirm
	}
	plain := ask(nil)
	for _, name := range graph.AllowedHeaders() {
		header := http.Header{}
		header.Set(name, "*")
		with := ask(header)
		if with.CallDigest() == plain.CallDigest() {
			t.Errorf("an agreement without %s holds for the call with it", name)
		}
		if shown := strings.Contains(with.Question(), name+": *"); shown != strings.HasPrefix(name, "If-") {
			t.Errorf("%s: the question is %q", name, with.Question())
		}
	}
}

// Of two spellings of one header in an item neither is sent, whichever is looked at first.
func TestHeadersOfItemsAreGivenOnce(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{})
	for range 20 { // maps have no order
		for _, headers := range []string{`{"Prefer":"a\r\nX-HTTP-Method-Override: DELETE","prefer":"b"}`, `{"If-Match":"","if-match":"*"}`} {
			got, err := try(t, p, false, "POST /$batch", `{"requests":[{"id":"1","method":"GET","url":"/me","headers":`+headers+`}]}`)
			var problem *graph.RequestError
			if got != "error" || !errors.As(err, &problem) || !strings.Contains(problem.Error(), "given twice") {
				t.Fatalf("%s: got %s (%v)", headers, got, err)
			}
		}
	}
}

// The headers of an item are written anew from what was judged.
func TestHeadersOfItemsAreWrittenAnew(t *testing.T) {
	t.Parallel()
	request, err := endpoints(t).NewRequest(graph.Params{Method: "POST", Path: "/$batch",
		Body: []byte(`{"requests":[{"id":"1","method":"GET","url":"/me","headers":{"PREFER":"return=minimal","if-match":"*"}}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	far := &recorder{}
	if _, err := policy.Guard(far, mustPolicy(t, policy.Rules{}), &book{}, policy.By{}).Do(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if got, want := string(far.sent[0].Body()), `"headers":{"If-Match":"*","Prefer":"return=minimal"}`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}
