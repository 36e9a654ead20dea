package door

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// WriteJSON answers with a value.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"internal fault"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// WriteError answers that something is wrong, and what.
func WriteError(w http.ResponseWriter, status int, message string) {
	WriteJSON(w, status, map[string]string{"error": message})
}

// RefuseBody answers a request that is larger than most bytes.
func RefuseBody(w http.ResponseWriter, most int64) {
	w.Header().Set("Connection", "close") // the rest of the body is not worth reading
	WriteError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is larger than %d bytes (max_body in the configuration's [http])", most))
}

func refuseForNow(w http.ResponseWriter, wait time.Duration) {
	RetryAfter(w, wait)
	WriteError(w, http.StatusTooManyRequests, "too many requests: wait and try again")
}

// RetryAfter has an answer say how long to wait before the next request.
func RetryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
}

// unavailableWait is what clients are told to wait for the store.
const unavailableWait = 5 * time.Second

// refuseUnavailable answers what cannot be decided without the store.
func refuseUnavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(int(unavailableWait.Seconds())))
	WriteError(w, http.StatusServiceUnavailable, "the state that this server's replicas share cannot be reached at the moment: wait and try again")
}

// RefuseStore answers what cannot be decided because of an error of the store, and logs it.
func (d *Door) RefuseStore(w http.ResponseWriter, r *http.Request, err error) {
	d.house.Log.WarnContext(r.Context(), "the shared state cannot be reached", "error", err)
	d.count(r.Context(), reasonUnavailable)
	refuseUnavailable(w)
}
