// Package indexsim simulates an Azure AI Search service with one index: https://learn.microsoft.com/rest/api/searchservice/
//
// It refuses what the service is documented to refuse, and does what the service may do: it sends fewer results than
// were asked for, with the parameters of the next page, and returns vectors where nobody selects fields.
package indexsim

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Entity is a document: field to JSON value.
type Entity = map[string]any

// Options make an [Index].
type Options struct {
	Name           string // of the index
	SemanticConfig string // of the index; "" for none
	Documents      []Entity
	Searchable     []string // fields that words are looked for in
	Filterable     []string // fields to filter and sort by
	Vector         string   // the field that vectors are compared with
	Page           int      // most results of one answer
}

// Index is a service with one index. It may be used by several goroutines at once.
type Index struct {
	o Options

	mu  sync.Mutex // guards key
	key string
}

// New makes an index with a random key.
func New(o Options) *Index { return &Index{o: o, key: rand.Text()} }

// Key returns the key that the service takes.
func (x *Index) Key() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.key
}

// RotateKey gives the service a new key and returns it; the old one is refused from now on.
func (x *Index) RotateKey() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.key = rand.Text()
	return x.key
}

// refusal is an answer that is no result. The zero message means no body, which is how the service refuses keys.
type refusal struct {
	status        int
	code, message string
}

func badRequest(message string) *refusal {
	return &refusal{http.StatusBadRequest, "InvalidRequestParameter", message}
}

// apiVersions are those that the service takes; a request without one is refused.
var apiVersions = []string{"2023-11-01", "2024-07-01", "2025-09-01"}

const maxRequest = 16 << 20 // https://learn.microsoft.com/azure/search/search-limits-quotas-capacity

func (x *Index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("request-id", rand.Text())
	if id := r.Header.Get("client-request-id"); id != "" {
		w.Header().Set("client-request-id", id)
	}
	answer, refused := x.answer(r)
	if refused != nil {
		if refused.message == "" {
			w.WriteHeader(refused.status)
			return
		}
		write(w, refused.status, Entity{"error": Entity{"code": refused.code, "message": refused.message}})
		return
	}
	write(w, http.StatusOK, answer)
}

func write(w http.ResponseWriter, status int, v Entity) {
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (x *Index) answer(r *http.Request) (Entity, *refusal) {
	name, found := indexName(r.URL.Path)
	switch {
	case r.Header.Get("api-key") == "":
		return nil, &refusal{status: http.StatusUnauthorized}
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("api-key")), []byte(x.Key())) != 1:
		return nil, &refusal{status: http.StatusForbidden}
	case !found:
		return nil, &refusal{http.StatusNotFound, "", "The resource was not found."}
	case r.Method != http.MethodPost:
		return nil, &refusal{http.StatusMethodNotAllowed, "", "The requested resource does not support http method '" + r.Method + "'."}
	case !slices.Contains(apiVersions, r.URL.Query().Get("api-version")):
		return nil, badRequest("Invalid or missing api-version query string parameter.")
	case name != x.o.Name:
		return nil, &refusal{http.StatusNotFound, "", "No index with the name '" + name + "' was found in the service 'sandbox'."}
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	var s search
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		return nil, badRequest("The request is invalid. Details: parameters : The body is not a valid search request.")
	}
	return x.search(&s)
}

// indexName takes the index out of a path in either notation: /indexes/NAME/docs/search and
// /indexes('NAME')/docs/search.post.search.
func indexName(path string) (string, bool) {
	if rest, ok := strings.CutPrefix(path, "/indexes('"); ok {
		name, rest, ok := strings.Cut(rest, "')")
		return name, ok && rest == "/docs/search.post.search"
	}
	rest, ok := strings.CutPrefix(path, "/indexes/")
	name, rest, found := strings.Cut(rest, "/")
	return name, ok && found && (rest == "docs/search" || rest == "docs/search.post.search")
}
