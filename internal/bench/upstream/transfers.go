package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/files"
)

// transferRoutes serves one large file each way, as OneDrive does: the content is at a pre-authenticated address,
// and an upload arrives in slices (https://learn.microsoft.com/graph/api/driveitem-createuploadsession).
func transferRoutes(mux *http.ServeMux, a announcement) {
	elsewhere := strings.Replace(a.URL, "127.0.0.1", "localhost", 1)
	authorization := "Bearer " + a.Token
	mux.Handle("GET /v1.0/drives/bench/items/{item}/content", guarded(authorization, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere+"/content/"+r.PathValue("item"), http.StatusFound)
	})))
	mux.HandleFunc("GET /content/{item}", serveZeros)
	for _, f := range files.All() {
		mux.HandleFunc("GET /content/"+f.Kind(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", f.ContentType)
			w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(f.Data)))
			_, _ = w.Write(f.Data)
		})
	}
	mux.Handle("POST /v1.0/drives/bench/root:/large.bin:/createUploadSession", guarded(authorization, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"uploadUrl": elsewhere + "/upload/1", "expirationDateTime": "2099-01-01T00:00:00Z", "nextExpectedRanges": []string{"0-"}})
	})))
	mux.HandleFunc("PUT /upload/{session}", takeSlice)
}

// serveZeros serves large-N: N MiB of zeros.
func serveZeros(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.Atoi(strings.TrimPrefix(r.PathValue("item"), "large-"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="large.bin"`)
	w.Header().Set("Content-Length", strconv.Itoa(size<<20))
	piece := make([]byte, 1<<20)
	for range size {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

func takeSlice(w http.ResponseWriter, r *http.Request) {
	var from, to, total int64
	if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total); err != nil {
		http.Error(w, `{"error":{"code":"invalidRequest","message":"no Content-Range"}}`, http.StatusBadRequest)
		return
	}
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil || n != to-from+1 {
		http.Error(w, `{"error":{"code":"invalidRequest","message":"not as long as it says"}}`, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if to+1 < total {
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"expirationDateTime":"2099-01-01T00:00:00Z","nextExpectedRanges":["%d-"]}`, to+1)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"id":"1","name":"large.bin","size":%d,"file":{}}`, total)
}

// pages and pageSize are of the list that is read to its end: 2,000 users.
const (
	pages    = 20
	pageSize = 100
)

// manyPages serves a list page by page; the links go by the address that the callers use.
func manyPages(origin string) http.Handler {
	value, err := json.Marshal(manyUsers(pageSize)["value"])
	if err != nil {
		panic(err) // the values are literals
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken")) // none: the first
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"@odata.context":"%s/$metadata#users",`, graphRoot)
		if page+1 < pages {
			fmt.Fprintf(w, `"@odata.nextLink":"%s/v1.0/groups/all/members?$skiptoken=%d",`, origin, page+1)
		}
		_, _ = w.Write([]byte(`"value":`))
		_, _ = w.Write(value)
		_, _ = w.Write([]byte{'}'})
	})
}

// answerBatch answers any batch with the same user for each of its requests.
func answerBatch(w http.ResponseWriter, r *http.Request) {
	var batch struct {
		Requests []struct {
			ID string `json:"id"`
		} `json:"requests"`
	}
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		http.Error(w, `{"error":{"code":"BadRequest","message":"no batch"}}`, http.StatusBadRequest)
		return
	}
	one, responses := oneUser(), []any{}
	for _, request := range batch.Requests {
		responses = append(responses, map[string]any{"id": request.ID, "status": http.StatusOK, "headers": map[string]any{"Content-Type": "application/json"}, "body": one})
	}
	writeJSON(w, map[string]any{"responses": responses})
}
