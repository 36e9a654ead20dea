package tools

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// foundInIndex is the service's answer.
type foundInIndex struct {
	Count   *int64            `json:"@odata.count"`
	Answers []indexPassage    `json:"@search.answers"`
	Next    json.RawMessage   `json:"@search.nextPageParameters"` // where the service sends fewer results than it was asked for
	Partial string            `json:"@search.semanticPartialResponseReason"`
	Value   []json.RawMessage `json:"value"`
}

// indexPassage is an answer, or a caption: a passage of a document.
type indexPassage struct {
	Key   string      `json:"key,omitempty"`
	Text  string      `json:"text,omitempty"`
	Score json.Number `json:"score,omitempty"`
}

// indexAnswer writes what was found for a model, in at most maxChars bytes, whole results where that is possible.
func indexAnswer(body []byte, args indexArguments) (string, error) {
	var found foundInIndex
	if err := json.Unmarshal(body, &found); err != nil {
		return "", compact.ErrJSON
	}
	tail := orderedObject{}
	if args.Count && found.Count != nil {
		tail = append(tail, member{"totalCount", *found.Count})
	}
	if len(found.Answers) > 0 {
		for i := range found.Answers {
			found.Answers[i].Text = compact.Clip(found.Answers[i].Text, min(2_000, args.MaxChars/8))
		}
		tail = append(tail, member{"answers", found.Answers[:min(len(found.Answers), 3)]})
	}
	if found.Partial != "" {
		tail = append(tail, member{"note", "the semantic ranking is incomplete: " + compact.Clip(found.Partial, 200)})
	}
	room := args.MaxChars - len(tail.encode()) - 128
	var results []json.RawMessage
	for _, hit := range found.Value {
		result, err := indexResult(hit, room, len(results) == 0)
		if err != nil {
			return "", err
		}
		if room -= len(result) + 1; room < 0 && len(results) > 0 {
			break
		}
		results = append(results, result)
	}
	out := append(orderedObject{{"results", append([]json.RawMessage{}, results...)}}, tail...)
	n := len(results)
	full := n == args.Top && (found.Count == nil || int64(args.Skip+n) < *found.Count)
	if n > 0 && (full || n < len(found.Value) || isGiven(found.Next)) {
		out = append(out, member{"more", args.Skip + n})
	}
	return string(out.encode()), nil
}

// indexResult writes one result. Its document's long texts are cut to the room there is where it is the only one.
func indexResult(hit json.RawMessage, room int, only bool) (json.RawMessage, error) {
	parts, err := cutIndexHit(hit)
	if err != nil {
		return nil, err
	}
	whole, err := parts.write(0)
	for limit := room / 2; err == nil && only && len(whole) > room && limit >= 32; limit /= 4 {
		whole, err = parts.write(limit)
	}
	if err == nil && only && len(whole) > room {
		parts.document = []byte(`{"cut":"too large: ask for single fields with select, or a larger maxChars"}`)
		parts.highlights = nil
		whole, err = parts.write(32)
	}
	return whole, err
}

// indexHit is a result, taken apart.
type indexHit struct {
	score, reranker json.RawMessage // as the service wrote them; nil: not given
	captions        []string
	highlights      map[string][]string
	document        []byte // a JSON object
}

// cutIndexHit takes a result apart. What makes up a document stays as it is and in its order.
func cutIndexHit(hit json.RawMessage) (*indexHit, error) {
	h := &indexHit{document: []byte{'{'}}
	err := compact.Members(hit, func(key, value []byte) error {
		switch name := string(key); {
		case name == `"@search.score"`:
			h.score = value
		case name == `"@search.rerankerScore"`:
			h.reranker = value
		case name == `"@search.highlights"`:
			h.highlights = readHighlights(value)
		case name == `"@search.captions"`:
			var captions []indexPassage
			if json.Unmarshal(value, &captions) == nil {
				for _, c := range captions {
					h.captions = append(h.captions, c.Text)
				}
			}
		case strings.HasPrefix(name, `"@`), strings.Contains(name, "@odata."), isVector(value):
		default:
			if len(h.document) > 1 {
				h.document = append(h.document, ',')
			}
			h.document = append(append(append(h.document, key...), ':'), value...)
		}
		return nil
	})
	h.document = append(h.document, '}')
	return h, err
}

// isVector tells whether a value is a long array of numbers, which says nothing to a model.
func isVector(value json.RawMessage) bool {
	if len(value) < 2 || value[0] != '[' || bytes.Count(value, []byte{','}) < 63 {
		return false
	}
	return len(bytes.Trim(value, "[]-+.,eE0123456789 \t\r\n")) == 0
}

// write writes the result with the strings of its document cut to so many bytes; 0: whole.
func (h *indexHit) write(maxString int) (json.RawMessage, error) {
	document, err := compact.JSON(h.document, compact.Shape{MaxString: maxString, KeepHTML: true})
	if err != nil {
		return nil, err
	}
	out := orderedObject{}
	if h.score != nil {
		out = append(out, member{"score", h.score})
	}
	if isGiven(h.reranker) {
		out = append(out, member{"rerankerScore", h.reranker})
	}
	out = append(out, member{"document", json.RawMessage(document)})
	if captions := short(h.captions, maxString); len(captions) > 0 {
		out = append(out, member{"captions", captions})
	}
	if len(h.highlights) > 0 {
		marked := map[string][]string{}
		for field, passages := range h.highlights {
			marked[field] = short(passages, maxString)
		}
		out = append(out, member{"highlights", marked})
	}
	return out.encode(), nil
}

// readHighlights reads the passages of each field. Beside them stand annotations, which are no lists.
func readHighlights(value json.RawMessage) map[string][]string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil {
		return nil
	}
	highlights := map[string][]string{}
	for name, raw := range fields {
		var passages []string
		if json.Unmarshal(raw, &passages) == nil && len(passages) > 0 {
			highlights[name] = passages
		}
	}
	return highlights
}

// short returns the passages that are not empty, each cut to most bytes; 0: whole.
func short(passages []string, most int) []string {
	var kept []string
	for _, p := range passages {
		if p != "" {
			if most > 0 {
				p = compact.Clip(p, most)
			}
			kept = append(kept, p)
		}
	}
	return kept
}

// isGiven tells whether a value is there and not null.
func isGiven(value json.RawMessage) bool { return len(value) > 0 && string(value) != "null" }
