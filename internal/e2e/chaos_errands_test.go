package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// An errand is one call of a caller, or a few that belong together, about somebody whom no other is about.
type chaosErrand struct {
	k     *chaosCaller
	mark  string
	dice  *rand.Rand
	taken chan struct{} // closed when the caller takes the call back; nil where it never does
}

// upn is whom the errand is about.
func (e *chaosErrand) upn() string { return e.mark + "@" + e.k.c.tenant.Domain() }

func (e *chaosErrand) call(ctx context.Context, tool string, arguments map[string]any) chaosAnswer {
	return e.k.call(ctx, e.mark, tool, arguments, e.taken)
}

// chaosErrands are what callers do, as often as their weight says.
func chaosKinds() []struct {
	name   string
	weight int
	run    func(ctx context.Context, e *chaosErrand)
} {
	return []struct {
		name   string
		weight int
		run    func(ctx context.Context, e *chaosErrand)
	}{
		{"read", 6, chaosReads}, {"pages", 3, chaosPages}, {"send", 6, chaosSends}, {"change", 4, chaosChanges},
		{"batch", 4, chaosBatches}, {"files", 4, chaosFiles}, {"look up", 1, chaosLooksUp}, {"status", 1, chaosStatus},
		{"document", 2, chaosDocuments}, {"draft", 3, chaosDrafts},
	}
}

// runErrands is what one caller does in a round.
func (c *chaos) runErrands(ctx context.Context, w *way, number int) {
	transport := &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: patience} // on a connection that was used before, Go would send some requests twice
	k := &chaosCaller{c: c, w: w, client: &http.Client{Transport: transport}}
	for i := range errandsOfEach() {
		n := number*chaosStride + i + 1
		dice := c.dice(partErrands + uint64(n))
		e := &chaosErrand{k: k, mark: fmt.Sprintf("crew.%05d", n), dice: dice}
		kinds, all := chaosKinds(), 0
		for _, kind := range kinds {
			all += kind.weight
		}
		at := dice.IntN(all)
		for _, kind := range kinds {
			if at -= kind.weight; at < 0 {
				c.prepare(e, kind.name)
				one, cancel := context.WithTimeout(ctx, patience)
				kind.run(one, e)
				cancel()
				c.ended(kind.name)
				k.heed(ctx)
				break
			}
		}
	}
}

// heed waits a moment where the last call was refused because there is no token yet: who goes on at once has all calls
// refused.
func (k *chaosCaller) heed(ctx context.Context) {
	for i := 0; k.tooEarly && i < 30; i++ {
		rest(ctx)
	}
}

// prepare decides what trouble an errand meets, and whether its caller goes away.
func (c *chaos) prepare(e *chaosErrand, kind string) {
	p := &plan{dice: rand.New(rand.NewPCG(c.seed, e.dice.Uint64()))}
	if e.dice.IntN(2) == 0 {
		p.trouble, p.left = pickTrouble(e.dice, kind == "send" && e.dice.IntN(4) == 0), 1+e.dice.IntN(5)
	}
	if kind == "document" {
		p.trouble, p.left = damagedDocument(), 10
	}
	if e.dice.IntN(9) == 0 {
		e.taken = make(chan struct{})
		p.arrived = func() { close(e.taken) }
	}
	if p.left > 0 || e.taken != nil {
		c.happened("%s over %s: %s (%s), %d times, taken back: %t", e.mark, e.k.w, p.trouble.name, kind, p.left, e.taken != nil)
		c.tenant.plan(e.mark, p)
	}
}

func chaosReads(ctx context.Context, e *chaosErrand) {
	got := e.call(ctx, "microsoft_graph", map[string]any{"path": "/users/" + e.upn() + "?$select=userPrincipalName"})
	if got.told == toldDoubt {
		e.k.c.violated("%s: nobody knows whether it was read: %.300s", e.mark, got.text)
	}
}

func chaosPages(ctx context.Context, e *chaosErrand) {
	e.call(ctx, "microsoft_graph", map[string]any{"path": "/users", "maxItems": 30,
		"queryParams": map[string]any{"$top": "7", "$select": "id", "$filter": "startswith(userPrincipalName,'crew.00') and userPrincipalName ne '" + e.mark + "'",
			"$count": "true"}, "headers": map[string]any{"ConsistencyLevel": "eventual"}})
}

// sending is a message whose subject is the mark.
func (e *chaosErrand) sending(mark string) (from string, body map[string]any) {
	boxes := e.k.c.tenant.mailboxes
	return "/users/" + boxes[e.dice.IntN(len(boxes))] + "/sendMail", map[string]any{"message": map[string]any{"subject": mark,
		"toRecipients": []any{map[string]any{"emailAddress": map[string]any{"address": boxes[e.dice.IntN(len(boxes))]}}}}, "saveToSentItems": false}
}

func chaosSends(ctx context.Context, e *chaosErrand) {
	path, body := e.sending(e.mark)
	got := e.call(ctx, "microsoft_graph", map[string]any{"path": path, "method": "POST", "body": body})
	e.k.c.ledger.note(e.mark, got.told, got.text)
}

func chaosChanges(ctx context.Context, e *chaosErrand) {
	got := e.call(ctx, "microsoft_graph", map[string]any{"path": "/users/" + e.upn(), "method": "PATCH", "body": map[string]any{"jobTitle": "Examiner"}})
	e.k.c.ledger.note(e.mark, got.told, got.text)
}

func chaosBatches(ctx context.Context, e *chaosErrand) {
	items := []map[string]any{{"id": "read", "method": "GET", "url": "/users/" + e.upn() + "?$select=id"}}
	marks := map[string]string{}
	for i := range 2 {
		mark := fmt.Sprintf("%s-%d", e.mark, i)
		path, body := e.sending(mark)
		id := fmt.Sprint("send", i)
		items = append(items, map[string]any{"id": id, "method": "POST", "url": path, "body": body})
		marks[id] = mark
	}
	got := e.call(ctx, "microsoft_graph_batch", map[string]any{"requests": items})
	var answers struct{ Responses []json.RawMessage }
	if json.Unmarshal([]byte(got.text), &answers) != nil || len(answers.Responses) == 0 {
		for _, mark := range marks {
			e.k.c.ledger.note(mark, got.told, got.text)
		}
		return
	}
	if len(answers.Responses) != len(items) {
		e.k.c.violated("%s: %d answers to a batch of %d: %.500s", e.mark, len(answers.Responses), len(items), got.text)
	}
	for _, raw := range answers.Responses {
		var one struct {
			ID     string
			Status int
		}
		if err := json.Unmarshal(raw, &one); err != nil {
			e.k.c.violated("%s: %v in the answers to a batch: %.500s", e.mark, err, got.text)
			continue
		}
		what := toldRefused
		switch {
		case one.Status >= 200 && one.Status < 300:
			what = toldDone
		case doubtWords.Match(raw):
			what = toldDoubt
		}
		if mark := marks[one.ID]; mark != "" {
			e.k.c.ledger.note(mark, what, string(raw))
		}
	}
}

// chaosFiles stores a file, and gets it back.
func chaosFiles(ctx context.Context, e *chaosErrand) {
	name := "Chaos/" + e.mark + ".bin"
	path := "/users/" + sandbox.MemberUPN + "/drive/root:/" + name
	content := bytes.Repeat([]byte(e.mark+"\xff\x00"), 1+e.dice.IntN(20_000))
	if e.dice.IntN(4) == 0 { // of more than one slice
		content = bytes.Repeat(content[:12], 500_000)
	}
	stored := e.storesOverHTTP
	if e.k.w.s.stdio {
		stored = e.storesOverStdio
	}
	if !stored(ctx, path, content) {
		return
	}
	if got, ok := e.k.c.tenant.Stored(sandbox.MemberUPN, name); !ok || got.SHA256 != sha256.Sum256(content) {
		e.k.c.violated("%s: a file was not stored as its caller was told: there %t, %d bytes of %d", e.mark, ok, got.Size, len(content))
	}
	if e.k.w.s.stdio {
		e.getsOverStdio(ctx, path, content)
	} else {
		e.getsOverHTTP(ctx, path, content)
	}
}

func (e *chaosErrand) storesOverStdio(ctx context.Context, path string, content []byte) bool {
	arguments := map[string]any{"path": path, "localFile": e.mark + ".bin"}
	local, err := os.Create(e.k.w.s.folder() + "/" + e.mark + ".bin")
	if err == nil {
		_, err = local.Write(content)
		_ = local.Close()
	}
	if err != nil { // the machine may be in trouble, too
		return false
	}
	defer os.Remove(local.Name())
	return e.call(ctx, "upload_file", arguments).told == toldDone
}

func (e *chaosErrand) getsOverStdio(ctx context.Context, path string, content []byte) {
	got := e.call(ctx, "download_file", map[string]any{"path": path + ":/content"})
	if got.told != toldDone {
		return
	}
	var saved struct{ SavedTo string }
	if err := json.Unmarshal([]byte(got.text), &saved); err != nil {
		e.k.c.violated("%s: %v: %.300s", e.mark, err, got.text)
		return
	}
	text, err := os.ReadFile(saved.SavedTo)
	if errors.Is(err, fs.ErrNotExist) && e.k.c.had("the disk for downloads") { // what lay on that disk has gone with it
		return
	}
	if err != nil || !bytes.Equal(text, content) {
		e.k.c.violated("%s: a file was saved as another, of %d bytes: %v", e.mark, len(text), err)
	}
	_ = os.Remove(saved.SavedTo)
}

func (e *chaosErrand) storesOverHTTP(ctx context.Context, path string, content []byte) bool {
	got := e.call(ctx, "get_upload_config", map[string]any{"path": path + ":/content", "contentType": "application/octet-stream"})
	var to link
	if got.told != toldDone || json.Unmarshal([]byte(got.text), &to) != nil {
		return false
	}
	request, err := http.NewRequestWithContext(ctx, to.Method, to.UploadURL, bytes.NewReader(content))
	if err != nil {
		e.k.c.violated("%s: %v", e.mark, err)
		return false
	}
	// As curl does, it waits to be asked for the body: who is refused before has not begun to send it.
	request.Header = http.Header{"Authorization": {to.AuthHeader}, "Content-Type": {to.ContentType}, "Expect": {"100-continue"}}
	status, body, err := e.transfer(request)
	return err == nil && status < 300 && body != ""
}

func (e *chaosErrand) getsOverHTTP(ctx context.Context, path string, content []byte) {
	got := e.call(ctx, "download_file", map[string]any{"path": path + ":/content"})
	var from link
	if got.told != toldDone || json.Unmarshal([]byte(got.text), &from) != nil {
		return
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.DownloadURL, nil)
	if err != nil {
		e.k.c.violated("%s: %v", e.mark, err)
		return
	}
	if status, body, err := e.transfer(request); err == nil && status == http.StatusOK && body != string(content) {
		e.k.c.violated("%s: another file came: %d bytes of %d: %.100q", e.mark, len(body), len(content), body)
	}
}

// transfer moves a file. Some callers go away in the middle.
func (e *chaosErrand) transfer(request *http.Request) (status int, body string, err error) {
	run := e.k.opened
	if e.dice.IntN(6) == 0 {
		return 0, "", e.abandon(request)
	}
	status, body, err = fetchAll(e.k.client, request)
	switch {
	case err != nil && request.Context().Err() != nil:
		e.k.c.violated("%s: a transfer never ended: %v", e.mark, err)
	case err != nil && request.Method == http.MethodPut:
		// A download breaks off where Graph's does. An upload is answered.
		if !run.ending() {
			e.k.c.violated("%s: an upload is not answered: %v", e.mark, err)
		}
	case err == nil && status >= 300:
		e.k.c.checkWords(fmt.Sprint(request.Method, " of a file: HTTP ", status), e.mark, body)
	}
	return status, body, err
}

// abandon goes away in the middle of a transfer.
func (e *chaosErrand) abandon(request *http.Request) error {
	ctx, cancel := context.WithCancel(request.Context())
	defer cancel()
	request = request.WithContext(ctx)
	if request.Body != nil {
		request.Body = &leaving{rest: request.ContentLength / 2, leave: cancel}
		request.GetBody = nil
	}
	res, err := e.k.client.Do(request)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = res.Body.Read(make([]byte, 1000))
	return context.Canceled
}

// leaving is a body whose reader goes away before its end.
type leaving struct {
	rest  int64
	leave func()
}

func (l *leaving) Read(p []byte) (int, error) {
	if l.rest <= 0 {
		l.leave()
		return 0, context.Canceled
	}
	n := min(int64(len(p)), l.rest)
	l.rest -= n
	clear(p[:n])
	return int(n), nil
}

func (l *leaving) Close() error { return nil }

func chaosLooksUp(ctx context.Context, e *chaosErrand) {
	questions := []string{"unread mail of last week", "who is the boss of someone", "", strings.Repeat("mail ", 200), "\u202e\x00"}
	e.call(ctx, "find_graph_api", map[string]any{"query": questions[e.dice.IntN(len(questions))]})
}

func chaosStatus(ctx context.Context, e *chaosErrand) {
	e.call(ctx, "get_auth_status", map[string]any{})
}
