package telemetry

import (
	"log/slog"
	"time"
)

// event is what is told of one name that an [Observer] hears.
type event struct {
	total   *counters   // nil: not counted
	took    *histograms // nil: not timed
	running *counters   // that go on; nil: not known
	span    *spanShape  // nil: not traced
}

// spanShape says what a span of one kind is called and has, by the names that OpenTelemetry gives them:
// https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/ and https://opentelemetry.io/docs/specs/semconv/http/.
type spanShape struct {
	kind    spanKind
	name    string            // what its name begins with
	named   string            // the attribute that its name ends with
	fixed   []attribute       // that each has
	renamed map[string]string // the attributes that are told, and what they are called; all others are not
	status  bool              // what comes of it is a status of HTTP
}

const prefix = "mcp_"

// The lists that labels take their values from. The rest is "other".
var (
	methods   = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
	workloads = []string{"azure", "root", "outlook", "files", "teams", "onenote", "planner", "directory", "search", "reports",
		"identityprotection", "identitygovernance", "identity", "devicemanagement", "deviceappmanagement", "security",
		"auditlogs", "solutions", "education", "external", "subscriptions", "compliance", "privacy", "print", "places",
		"admin", "copilot", "informationprotection", "batch", "upload session"}
	statuses = []string{"200", "201", "202", "204", "206", "302", "304", "400", "401", "403", "404", "405", "406", "409", "410", "411",
		"412", "413", "415", "416", "422", "423", "429", "500", "501", "502", "503", "504", "507", "509", "cancelled", "timeout", "error"}
	outcomes       = []string{"ok", "asked", "refused", "invalid", "error", "timeout", "cancelled"}
	tokenKinds     = []string{"app", "user", "behalf", "web"}
	tokenOutcomes  = []string{"ok", "refused", "throttled", "fault"}
	signInOutcomes = []string{"ok", "denied", "refused", "fault"}
	reasons        = []string{"none", "key", "token", "host", "origin", "rate", "slowed", "busy", "body", "memory", "unavailable"}
)

// lostSpans counts the spans that could not be sent.
const lostSpans = prefix + "trace_spans_lost_total"

// newEvents makes the table of what is heard of, and its metrics.
func newEvents(r *registry) map[string]*event {
	profile := func() *label { return &label{name: "profile", from: "profile"} }
	tool := func() *label { return &label{name: "tool", from: "tool"} }
	method := func() *label { return &label{name: "method", from: "method", list: methods} }
	workload := func() *label { return &label{name: "workload", from: "workload", list: workloads} }
	outcome := func(list []string) *label { return &label{name: "outcome", from: outcomeAttr, list: list} }
	status := func() *label { return &label{name: "status", from: outcomeAttr, list: statuses} }
	reason := &label{name: "reason", from: "reason", list: reasons}
	kind := &label{name: "kind", from: "kind", list: tokenKinds}
	return map[string]*event{
		"http request": {
			total:   r.counters("http_requests_total", "Requests over HTTP, by method and status.", method(), status()),
			took:    r.histograms("http_request_duration_seconds", "How long requests over HTTP took."),
			running: r.gauges("http_requests_in_flight", "Requests over HTTP that are being answered."),
		},
		"tool call": {
			total:   r.counters("tool_calls_total", "Tool calls, by what came of them.", tool(), profile(), outcome(outcomes)),
			took:    r.histograms("tool_call_duration_seconds", "How long tool calls took.", tool()),
			running: r.gauges("tool_calls_in_flight", "Tool calls that go on."),
			span: &spanShape{kind: server, name: "tools/call", named: "tool",
				fixed:   []attribute{{"mcp.method.name", "tools/call"}, {"gen_ai.operation.name", "execute_tool"}},
				renamed: map[string]string{"tool": "gen_ai.tool.name", "transport": "network.transport", "profile": "microsoft_mcp.profile"}},
		},
		"graph request": {
			total: r.counters("graph_requests_total", "Requests to Microsoft Graph and Azure, by workload, method and status.", workload(), method(), status()),
			took:  r.histograms("graph_request_duration_seconds", "How long requests to Microsoft Graph and Azure took."),
			span: &spanShape{kind: client, named: "method", status: true,
				renamed: map[string]string{"method": "http.request.method", "workload": "microsoft_mcp.workload"}},
		},
		"token": {
			total: r.counters("tokens_total", "Tokens asked of Entra, by kind of credential and what came of it.", kind, outcome(tokenOutcomes)),
			took:  r.histograms("token_duration_seconds", "How long Entra took to issue a token."),
			span:  &spanShape{kind: client, name: "token", named: "kind", renamed: map[string]string{"kind": "microsoft_mcp.token.kind"}},
		},
		"throttled": {total: r.counters("graph_throttled_total", "Answers of Microsoft that asked to wait, by workload.", workload())},
		"sign-in":   {total: r.counters("signins_total", "Sign-ins of people over HTTP, by what came of them.", outcome(signInOutcomes))},
		"refused":   {total: r.counters("refused_total", "Requests refused at the door, by reason.", reason)},
	}
}

// buckets are the upper bounds of durations, in seconds: from an answer out of memory to the longest call.
func buckets() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
}

// valueOf finds an attribute.
func valueOf(attrs []slog.Attr, name string) string {
	for i := range attrs {
		if attrs[i].Key == name {
			return attrs[i].Value.String()
		}
	}
	return ""
}

// happened is what goes on between a beginning and its end.
type happened struct {
	event *event
	total seriesKey // without what came of it
	took  seriesKey
	start time.Time
	span  *span // nil: not recorded
}
