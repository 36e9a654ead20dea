package graph

import (
	"net/http"
	"strings"
	"testing"
)

// A change is not sent on to where an answer points, and whoever made it learns what may have answered.
func TestARedirectedChangeSaysWhy(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		if e := (&Error{Status: status, Method: http.MethodPost, Path: "/users"}); !strings.Contains(e.Hint(), "HTTPS_PROXY") {
			t.Errorf("HTTP %d: got the hint %q", status, e.Hint())
		}
	}
}
