package sandbox

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	var rec record
	rec.add(httptest.NewRequest(http.MethodGet, "/first", nil))
	for range maxRecorded {
		rec.add(httptest.NewRequest(http.MethodGet, "/more", nil))
	}
	if got := len(rec.requests()); got != maxRecorded || rec.count("/first") != 0 || rec.count("/more") != maxRecorded {
		t.Errorf("got %d requests, want the last %d", got, maxRecorded)
	}
}
