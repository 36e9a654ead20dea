package oauth

import (
	"net/http"
	"testing"
)

// People behind a trusted proxy, whose addresses the door has without a port, are not counted as one; nor is one who has
// a whole network as many.
func TestWhomAttemptsAreCountedFor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		one, other string
		same       bool
	}{
		{"203.0.113.1:1", "203.0.113.1:2", true},
		{"203.0.113.1:1", "203.0.113.1", true},
		{"203.0.113.1", "203.0.113.2", false},
		{"[::ffff:203.0.113.1]:1", "203.0.113.1", true},
		{"2001:db8::1", "[2001:db8::2:2]:443", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"[fe80::1%eth0]:1", "[fe80::1%eth1]:1", true},
		{"", "@", false},
	} {
		one, other := remoteOf(&http.Request{RemoteAddr: row.one}), remoteOf(&http.Request{RemoteAddr: row.other})
		if (one == other) != row.same {
			t.Errorf("%s is %s, and %s is %s", row.one, one, row.other, other)
		}
	}
}
