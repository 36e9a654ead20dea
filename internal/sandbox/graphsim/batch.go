package graphsim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxBatch is how many requests a batch may hold (https://learn.microsoft.com/graph/json-batching).
const maxBatch = 20

// batchItem is one request of a batch.
type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batchAnswer is the answer to one.
type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

func (g *Graph) serveBatch(x *exchange, version string) (*answer, error) {
	if x.request.Method != http.MethodPost {
		return nil, wrongMethod()
	}
	body, err := readBody(x.request, maxJSON)
	if err != nil {
		return nil, err
	}
	var batch struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(body, &batch); err != nil || len(batch.Requests) == 0 {
		return nil, badRequest("Invalid batch payload format.")
	}
	if err := checkBatch(batch.Requests); err != nil {
		return nil, err
	}
	answers := g.runBatch(x, version, batch.Requests)
	// In no particular order, as documented: clients have to go by the ids.
	rand.Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
	return &answer{value: map[string]any{"responses": answers}}, nil
}

// checkBatch refuses a batch as a whole.
func checkBatch(items []batchItem) error {
	if len(items) > maxBatch {
		return &problem{status: http.StatusBadRequest, code: "MaximumValueExceeded", message: "Number of batch request steps exceeds the maximum value of 20."}
	}
	seen := map[string]bool{}
	for _, item := range items {
		id := strings.ToLower(item.ID)
		switch {
		case item.ID == "" || item.Method == "" || item.URL == "":
			return badRequest("Invalid batch payload format: id, method and url are required.")
		case seen[id]:
			return badRequest("Request Id %s has to be unique in a batch.", item.ID)
		}
		for _, before := range item.DependsOn {
			if !seen[strings.ToLower(before)] {
				return badRequest("Invalid dependsOn of request %s: '%s' is not the id of a request before it.", item.ID, before)
			}
		}
		seen[id] = true
	}
	return nil
}

// runBatch runs the requests in order, so that those that depend on others come after them.
func (g *Graph) runBatch(x *exchange, version string, items []batchItem) []batchAnswer {
	status := map[string]int{}
	answers := make([]batchAnswer, 0, len(items))
	for _, item := range items {
		var a batchAnswer
		if slices.ContainsFunc(item.DependsOn, func(id string) bool { return status[strings.ToLower(id)] >= http.StatusBadRequest }) {
			a = refusedItem(x, &problem{status: http.StatusFailedDependency, code: "FailedDependency", message: "A request that this one depends on has failed."})
		} else {
			a = g.runItem(x, version, item)
		}
		a.ID = item.ID
		status[strings.ToLower(item.ID)] = a.Status
		answers = append(answers, a)
	}
	return answers
}

func refusedItem(x *exchange, err error) batchAnswer {
	return newBatchAnswer(x.refuse(err))
}

func (g *Graph) runItem(x *exchange, version string, item batchItem) batchAnswer {
	r, err := newItemRequest(x.request, version, item)
	if err != nil {
		return refusedItem(x, err)
	}
	w := &itemWriter{reply: reply{status: http.StatusOK, header: http.Header{}}}
	g.o.WrapItem(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := newExchange(r, g.o.Now())
		inner.inBatch = true
		g.respond(inner).write(w, r)
	})).ServeHTTP(w, r)
	return newBatchAnswer(&w.reply)
}

// newItemRequest makes the request that an item stands for. Its token is the batch's.
func newItemRequest(batch *http.Request, version string, item batchItem) (*http.Request, error) {
	relative := strings.TrimPrefix(item.URL, "/")
	address, err := url.Parse("/" + version + "/" + relative)
	if err != nil || strings.Contains(item.URL, "://") {
		return nil, badRequest("Invalid batch payload format: the url of a request has to be relative.")
	}
	body, err := itemBody(item)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(batch.Context(), strings.ToUpper(item.Method), address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, badRequest("Invalid batch payload format: %s is not a method.", item.Method)
	}
	r.Host, r.RequestURI, r.RemoteAddr = batch.Host, address.RequestURI(), batch.RemoteAddr
	for name, value := range item.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", batch.Header.Get("Authorization"))
	r.Header.Del("Accept-Encoding")
	return r, nil
}

// itemBody is an object as JSON, or, for another Content-Type, a string in base64.
func itemBody(item batchItem) ([]byte, error) {
	if len(item.Body) == 0 || string(item.Body) == "null" {
		return nil, nil
	}
	contentType := ""
	for name, value := range item.Headers {
		if strings.EqualFold(name, "Content-Type") {
			contentType = value
		}
	}
	switch {
	case contentType == "":
		return nil, badRequest("Write request id : %s does not contain Content-Type header or body.", item.ID)
	case strings.HasPrefix(strings.ToLower(contentType), "application/json"):
		return item.Body, nil
	}
	var encoded string
	if err := json.Unmarshal(item.Body, &encoded); err != nil {
		return nil, badRequest("The body of request %s has to be a string in base64.", item.ID)
	}
	body, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, badRequest("The body of request %s has to be a string in base64.", item.ID)
	}
	return body, nil
}

func newBatchAnswer(r *reply) batchAnswer {
	a := batchAnswer{Status: r.status, Headers: map[string]string{}}
	for name := range maps.Keys(r.header) {
		if name != "Date" && name != "Strict-Transport-Security" && name != "X-Ms-Ags-Diagnostic" {
			a.Headers[name] = r.header.Get(name)
		}
	}
	switch {
	case len(r.body) == 0:
	case strings.HasPrefix(r.header.Get("Content-Type"), "application/json"):
		a.Body = json.RawMessage(r.body)
	default:
		a.Body = base64.StdEncoding.EncodeToString(r.body)
	}
	return a
}

// itemWriter keeps the answer to an item.
type itemWriter struct {
	reply reply
	wrote bool
}

func (w *itemWriter) Header() http.Header { return w.reply.header }

func (w *itemWriter) WriteHeader(status int) {
	if !w.wrote && status >= http.StatusOK {
		w.reply.status, w.wrote = status, true
	}
}

func (w *itemWriter) Write(b []byte) (int, error) {
	w.wrote = true
	w.reply.body = append(w.reply.body, b...)
	return len(b), nil
}
