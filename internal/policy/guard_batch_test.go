package policy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

const oneRead, oneDelete = `{"requests":[{"id":"1","method":"GET","url":"/users"}]}`, `{"requests":[{"id":"1","method":"DELETE","url":"/users/1"}]}`

// The envelope does nothing by itself: its items are what rules are about, unless a rule names it.
func TestABatchNeedsNoRuleOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		rules policy.Rules
		call  string
		body  string
		want  string
	}{
		{"an allow-list that covers the items", policy.Rules{Allow: []string{"GET /users/**"}}, "POST /$batch", oneRead, "allow"},
		{"an allow-list that does not", policy.Rules{ReadWrite: true, Allow: []string{"GET /users/**"}}, "POST /$batch", oneDelete, "deny"},
		{"an allow-list with the batch alone", policy.Rules{ReadWrite: true, Allow: []string{"POST /$batch"}}, "POST /$batch", oneRead, "deny"},
		{"denied", policy.Rules{ReadWrite: true, Deny: []string{"POST /$batch"}}, "POST /$batch", oneRead, "deny"},
		{"denied in another version and case", policy.Rules{ReadWrite: true, Deny: []string{"* /$batch"}}, "POST /beta/%24BATCH/", oneRead, "deny"},
		{"all writes asked for", policy.Rules{ReadWrite: true, Confirm: []string{"POST /**"}}, "POST /$batch", oneRead, "allow"},
		{"batches asked for", policy.Rules{ReadWrite: true, Confirm: []string{"POST /$batch"}}, "POST /$batch", oneRead, "confirm"},
		{"a path that only ends like it", policy.Rules{ReadWrite: true, Allow: []string{"GET /**"}}, "POST /users/$batch", oneRead, "deny"},
		{"a path that only begins like it", policy.Rules{ReadWrite: true, Allow: []string{"GET /users/**"}}, "POST /$batch/users", oneRead, "deny"},
		{"a query beside it", policy.Rules{ReadWrite: true, Allow: []string{"GET /users/**"}}, "POST /$batch?$expand=auditLogs", oneRead, "deny"},
		{"another method", policy.Rules{ReadWrite: true, Allow: []string{"GET /users/**"}}, "PATCH /$batch", oneRead, "deny"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := try(t, mustPolicy(t, tt.rules), false, tt.call, tt.body); got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		rules policy.Rules
		want  bool
	}{
		{policy.Rules{}, true},
		{policy.Rules{Allow: []string{"GET /users/**"}}, true},
		{policy.Rules{ReadWrite: true, Deny: []string{"* /$batch"}}, false},
	} {
		if got := mustPolicy(t, tt.rules).Could("POST", "/$batch"); got != tt.want {
			t.Errorf("%+v: a batch could be sent: %t, want %t", tt.rules, got, tt.want)
		}
	}
}

// envelopes makes the requests of a batch that was split.
func envelopes(t *testing.T, bodies ...string) (all []*graph.Request) {
	t.Helper()
	for _, body := range bodies {
		r, err := endpoints(t).NewRequest(graph.Params{Method: "POST", Path: "/$batch", Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// A person is asked once for all that a split batch would do, and told what each item would send.
func TestSeveralEnvelopesAreAskedForOnce(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"DELETE /**", "POST /**"}})
	ask := func(by policy.By, bodies ...string) (*policy.ConfirmError, *book) {
		log := &book{}
		err := policy.Guard(&recorder{}, p, log, by).(graph.Checker).Check(t.Context(), envelopes(t, bodies...))
		var confirm *policy.ConfirmError
		if err != nil && !errors.As(err, &confirm) {
			t.Fatal(err)
		}
		return confirm, log
	}
	send := `{"requests":[{"id":"m","method":"POST","url":"/me/sendMail","body":{"message":{"subject":"Hello"}}}]}`
	confirm, log := ask(policy.By{}, oneRead, oneDelete, send)
	if confirm == nil {
		t.Fatal("nobody was asked")
	}
	want := []string{"DELETE https://graph.microsoft.com/v1.0/users/1", `POST https://graph.microsoft.com/v1.0/me/sendMail with {"message":{"subject":"Hello"}}`}
	if diff := cmp.Diff(want, confirm.Calls); diff != "" {
		t.Error(diff)
	}
	if len(log.lines) != 2 {
		t.Errorf("%d lines were recorded, want 2", len(log.lines))
	}
	again, _ := ask(policy.By{}, oneRead, oneDelete, send)
	other, _ := ask(policy.By{}, oneRead, oneDelete, strings.ReplaceAll(send, "Hello", "Bye"))
	fewer, _ := ask(policy.By{}, oneDelete, send)
	if again.CallDigest() != confirm.CallDigest() || other.CallDigest() == confirm.CallDigest() || fewer.CallDigest() == confirm.CallDigest() {
		t.Error("the digest does not identify the exact batch")
	}
	by := agreeing(policy.By{}, confirm)
	if confirm, _ := ask(by, oneRead, oneDelete, send); confirm != nil {
		t.Errorf("asked again after the agreement: %v", confirm)
	}
	// What was agreed to is not another mail, nor one more; fewer, as after a throttling, are.
	if confirm, _ := ask(by, oneRead, oneDelete, strings.ReplaceAll(send, "Hello", "Bye")); confirm == nil || len(confirm.Calls) != 1 || !strings.Contains(confirm.Calls[0], "Bye") {
		t.Errorf("another mail: got %v", confirm)
	}
	if confirm, _ := ask(by, oneDelete, strings.ReplaceAll(oneDelete, "/users/1", "/users/2")); confirm == nil || len(confirm.Calls) != 1 || !strings.HasSuffix(confirm.Calls[0], "/users/2") {
		t.Errorf("one more: got %v", confirm)
	}
	if confirm, _ := ask(by, send); confirm != nil {
		t.Errorf("one of what was agreed to: got %v", confirm)
	}
}

// Row 13 of what went wrong elsewhere: a batch is no way around the rules. Where one item is refused, no other is
// sent either, whichever envelope it would have gone with, and nobody is asked to agree to the rest.
func TestOneRefusedItemStopsTheWholeBatch(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Deny: []string{"* /auditLogs/**"}, Confirm: []string{"DELETE /**"}})
	for _, agreed := range [][][32]byte{nil, another} {
		far, log := &recorder{}, &book{}
		guard := policy.Guard(far, p, log, policy.By{Agreed: agreed})
		var items []graph.BatchItem
		for i := range 45 {
			items = append(items, graph.BatchItem{ID: fmt.Sprint(i), Method: "DELETE", URL: fmt.Sprintf("/users/%d", i)})
		}
		items[44] = graph.BatchItem{ID: "44", Method: "POST", URL: "AuditLogs/x", Body: json.RawMessage(`{}`)}
		_, err := graph.Batch(t.Context(), guard, endpoints(t), graph.BatchCall{Items: items})
		var refused *policy.RefusedError
		if !errors.As(err, &refused) || refused.Path != "/AuditLogs/x" || len(far.sent) != 0 || !strings.Contains(err.Error(), `"44"`) {
			t.Errorf("got %v after %d envelopes", err, len(far.sent))
		}
		if len(log.lines) != 1 || log.lines[0].Verdict != policy.Denied {
			t.Errorf("recorded %+v", log.lines)
		}
	}
}

func TestASplitBatchIsSentOnceItWasAgreedTo(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"DELETE /**"}})
	far := &recorder{}
	var items []graph.BatchItem
	for i := range 45 {
		items = append(items, graph.BatchItem{ID: fmt.Sprint(i), Method: "DELETE", URL: fmt.Sprintf("/users/%d", i)})
	}
	var confirm *policy.ConfirmError
	_, err := graph.Batch(t.Context(), policy.Guard(far, p, &book{}, policy.By{}), endpoints(t), graph.BatchCall{Items: items})
	if !errors.As(err, &confirm) || len(confirm.Calls) != 45 || len(far.sent) != 0 {
		t.Errorf("got %v after %d envelopes", err, len(far.sent))
	}
	far.sent = nil
	one := items[:1] // the recorder answers nothing that is a batch's answer, and is not safe for several at once
	_, _ = graph.Batch(t.Context(), policy.Guard(far, p, &book{}, agreeing(policy.By{}, err)), endpoints(t), graph.BatchCall{Items: one})
	if len(far.sent) != 1 {
		t.Errorf("%d envelopes were sent, want 1", len(far.sent))
	}
}

// Where the policy asks for the batch itself, people are asked for all that it does, and what they have agreed to is
// that.
func TestAQuestionForABatchShowsItsItems(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"POST /$batch", "DELETE /**"}})
	do := func(by policy.By, body string) *policy.ConfirmError {
		_, err := policy.Guard(&recorder{}, p, &book{}, by).Do(t.Context(), envelopes(t, body)[0])
		var confirm *policy.ConfirmError
		if err != nil && !errors.As(err, &confirm) {
			t.Fatal(err)
		}
		return confirm
	}
	const both = `{"requests":[{"id":"1","method":"GET","url":"/users"},{"id":"2","method":"PATCH","url":"/me","body":{"a":1}},{"id":"3","method":"DELETE","url":"/users/1"}]}`
	confirm := do(policy.By{}, both)
	if confirm == nil {
		t.Fatal("nobody was asked")
	}
	const v1 = "https://graph.microsoft.com/v1.0"
	want := "Allow this?\nPOST " + v1 + "/$batch\nGET " + v1 + "/users\nPATCH " + v1 + "/me with {\"a\":1}\nDELETE " + v1 + "/users/1"
	if got := confirm.Question(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	by := agreeing(policy.By{}, confirm)
	for body, asked := range map[string]bool{both: false, oneRead: false, strings.Replace(both, `"a":1`, `"a":2`, 1): true, strings.Replace(both, "/users/1", "/users/2", 1): true} {
		if confirm := do(by, body); (confirm != nil) != asked {
			t.Errorf("%s: got %v", body, confirm)
		}
	}
}
