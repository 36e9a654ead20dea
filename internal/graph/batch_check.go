package graph

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// step is one item of a batch on its way.
type step struct {
	wire    wireItem
	request *Request // what the item stands for
	needs   []*step

	response *Response
	leftOut  bool          // of the response, the body
	err      error         // not nil: what depends on this step must not be sent
	faulted  bool          // a try met a fault, so that it may have been carried out
	tries    int           // how often it was sent
	waited   time.Duration // between them
}

// wireItem is an item as it is sent.
type wireItem struct {
	ID        string            `json:"id"`
	DependsOn []string          `json:"dependsOn,omitempty"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers,omitempty"`
	Body      json.RawMessage   `json:"body,omitempty"`
}

// newSteps checks the items of a batch, each for itself and how they depend on each other.
func newSteps(envelope *Request, items []BatchItem) ([]*step, error) {
	switch {
	case len(items) == 0:
		return nil, &RequestError{Part: "requests", Problem: "there is none"}
	case len(items) > MaxBatchItems:
		return nil, &RequestError{Part: "requests", Problem: fmt.Sprintf("%d of them; at most %d are accepted", len(items), MaxBatchItems),
			Remedy: "send the rest with another call"}
	}
	steps := make([]*step, len(items))
	byID := make(map[string]*step, len(items))
	for i, item := range items {
		if strings.TrimSpace(item.ID) == "" {
			return nil, &RequestError{Part: fmt.Sprintf("requests[%d]", i), Problem: "it has no id", Remedy: `number the requests: "1", "2", …`}
		}
		if byID[fold(item.ID)] != nil {
			return nil, itemError(item.ID, "another request has the same id", "ids are compared without regard to case: give each its own")
		}
		s, err := newStep(envelope, item)
		if err != nil {
			return nil, err
		}
		steps[i], byID[fold(item.ID)] = s, s
	}
	for i, item := range items {
		for _, id := range item.DependsOn {
			need := byID[fold(id)]
			switch {
			case need == nil:
				return nil, itemError(item.ID, fmt.Sprintf("dependsOn names %q, which is the id of no request here", clip(id)), "")
			case need == steps[i]:
				return nil, itemError(item.ID, "dependsOn names the request itself", "")
			case !slices.Contains(steps[i].needs, need):
				steps[i].needs = append(steps[i].needs, need)
			}
		}
	}
	if circle := findCircle(steps); circle != nil {
		return nil, &RequestError{Part: "requests", Problem: "dependsOn goes in a circle: " + strings.Join(circle, " → "), Remedy: "one of them has to come first"}
	}
	return steps, nil
}

func itemError(id, problem, remedy string) error {
	return &RequestError{Part: fmt.Sprintf("request %q", clip(id)), Problem: problem, Remedy: remedy}
}

const relativeRemedy = `write it from the version's root, for example "/users?$top=5"`

func newStep(envelope *Request, item BatchItem) (*step, error) {
	path, _, _ := strings.Cut(item.URL, "?")
	switch {
	case len(item.ID) > 128:
		return nil, itemError(item.ID, "its id is longer than 128 bytes", "")
	case item.Method == "":
		return nil, itemError(item.ID, "it has no method", "give one of "+strings.Join(methods, ", "))
	case strings.Trim(path, "/ ") == "":
		return nil, itemError(item.ID, "it has no url", relativeRemedy)
	case strings.Contains(path, "://") || strings.HasPrefix(path, "//"):
		return nil, itemError(item.ID, fmt.Sprintf("its url %q is absolute", clip(item.URL)), relativeRemedy)
	}
	header, err := itemHeader(item)
	if err != nil {
		return nil, err
	}
	s := &step{}
	if s.request, err = envelope.Item(item.Method, item.URL, header); err != nil {
		return nil, fmt.Errorf("request %q: %w", clip(item.ID), err)
	}
	for _, reading := range s.request.Readings() {
		if slices.Contains(reading, "$batch") {
			return nil, itemError(item.ID, "it is a batch inside a batch", "put its requests beside the others")
		}
	}
	s.wire = wireItem{ID: item.ID, Method: s.request.Method(), URL: relativeURL(s.request)}
	if s.wire.URL == "" {
		return nil, itemError(item.ID, "its url is a version and nothing more", relativeRemedy)
	}
	if s.wire.Body, err = itemBody(item, header); err != nil {
		return nil, err
	}
	for name := range header {
		if s.wire.Headers == nil {
			s.wire.Headers = map[string]string{}
		}
		s.wire.Headers[name] = header.Get(name)
	}
	return s, nil
}

// relativeURL is a request's URL as a batch has it: from the version's root.
func relativeURL(r *Request) string {
	return strings.TrimPrefix(strings.TrimPrefix(r.URL(), r.Audience()), "/"+r.Version())
}

func itemHeader(item BatchItem) (http.Header, error) {
	header, err := HeaderOf(item.Header)
	var refused *RequestError
	if errors.As(err, &refused) {
		return nil, itemError(item.ID, "the header "+refused.Problem, refused.Remedy)
	}
	return header, err
}

// itemBody returns an item's body as it is sent, and adds the Content-Type that a body needs. JSON stands in the
// batch as it is, everything else as a string in base64.
func itemBody(item BatchItem, header http.Header) (json.RawMessage, error) {
	body := bytes.TrimSpace(item.Body)
	method := strings.ToUpper(item.Method)
	if len(body) == 0 || string(body) == "null" || string(body) == `""` || method == http.MethodGet || method == http.MethodDelete {
		return nil, nil
	}
	if len(body) > maxEnvelopeBytes {
		return nil, itemError(item.ID, fmt.Sprintf("its body is larger than %d MiB", maxEnvelopeBytes>>20), "send it by itself")
	}
	var text string
	isText := json.Unmarshal(body, &text) == nil
	if kind := header.Get("Content-Type"); kind != "" && !isJSONType(kind) {
		if _, err := base64.StdEncoding.DecodeString(text); !isText || err != nil {
			return nil, itemError(item.ID, fmt.Sprintf("a body of type %s has to be a string in base64", clip(kind)), "encode it, or send it by itself with microsoft_graph")
		}
		return body, nil
	}
	if isText {
		body = []byte(strings.TrimSpace(text))
	}
	if !json.Valid(body) {
		return nil, itemError(item.ID, "its body is not JSON", "give an object; other content needs its Content-Type and base64")
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	return bytes.Clone(body), nil
}

func isJSONType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
