package telemetry

import (
	"context"
	"encoding/hex"
	"strings"
)

// trace is a place in a trace: the span that what follows belongs to.
type trace struct {
	traceID [16]byte
	spanID  [8]byte
	sampled bool   // somebody records it
	remote  bool   // it is the caller's
	state   string // tracestate, as the caller sent it
}

type traceKey struct{}

func withTrace(ctx context.Context, c trace) context.Context {
	return context.WithValue(ctx, traceKey{}, c)
}

func traceFrom(ctx context.Context) (trace, bool) {
	c, ok := ctx.Value(traceKey{}).(trace)
	return c, ok
}

// traceparent writes a place in a trace (https://www.w3.org/TR/trace-context/ section 3.2).
func (c trace) traceparent() string {
	flags := "-00"
	if c.sampled {
		flags = "-01"
	}
	return "00-" + hex.EncodeToString(c.traceID[:]) + "-" + hex.EncodeToString(c.spanID[:]) + flags
}

// parseTraceparent reads one. A version that is to come may have more behind what is known.
func parseTraceparent(s string) (trace, bool) {
	const length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if len(s) < length || len(s) > 256 || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return trace{}, false
	}
	version, flags := s[:2], s[53:55]
	if version == "00" && len(s) != length || len(s) > length && s[length] != '-' {
		return trace{}, false
	}
	var c trace
	var bits, v [1]byte
	if !unhex(v[:], version) || v[0] == 0xff || !unhex(c.traceID[:], s[3:35]) || !unhex(c.spanID[:], s[36:52]) || !unhex(bits[:], flags) {
		return trace{}, false
	}
	if c.traceID == [16]byte{} || c.spanID == [8]byte{} {
		return trace{}, false
	}
	c.sampled, c.remote = bits[0]&1 == 1, true
	return c, true
}

// unhex reads lower-case hexadecimal digits, as the standard wants them.
func unhex(to []byte, s string) bool {
	if strings.ContainsAny(s, "ABCDEF") {
		return false
	}
	_, err := hex.Decode(to, []byte(s))
	return err == nil
}

// checkTracestate returns a tracestate that can be passed to a collector, and "" for any other: at most 32 members
// of printable ASCII, 512 characters in all (section 3.3).
func checkTracestate(s string) string {
	if len(s) > 512 || strings.Count(s, ",") >= 32 {
		return ""
	}
	for i := range len(s) {
		if s[i] != '\t' && (s[i] < ' ' || s[i] > '~') {
			return ""
		}
	}
	for member := range strings.SplitSeq(s, ",") {
		if name, value, ok := strings.Cut(strings.TrimSpace(member), "="); !ok || name == "" || value == "" {
			return ""
		}
	}
	return s
}
