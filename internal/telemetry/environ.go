package telemetry

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SettingError is a variable of the environment that says what cannot be done. It never shows what may be a secret.
type SettingError struct{ Variable, Problem, Remedy string }

// Error names the variable and what is wrong with it.
func (e *SettingError) Error() string { return e.Variable + ": " + e.Problem }

// Hint says what to set it to.
func (e *SettingError) Hint() string { return e.Remedy }

// environ reads variables.
type environ struct{ getenv func(string) string }

// get returns a variable, or "" where it is unset, empty or still reads ${…}: a client that did not substitute it
// passes it as it stands.
func (e environ) get(name string) string {
	v := strings.TrimSpace(e.getenv(name))
	if strings.HasPrefix(v, "${") && strings.HasSuffix(v, "}") {
		return ""
	}
	return v
}

// otlp returns a variable of the exporter: the one for traces, or the one for all signals.
func (e environ) otlp(name string) (variable, value string) {
	variable = "OTEL_EXPORTER_OTLP_TRACES_" + name
	if value = e.get(variable); value != "" {
		return variable, value
	}
	variable = "OTEL_EXPORTER_OTLP_" + name
	return variable, e.get(variable)
}

const (
	exporterOTLP    = "otlp"
	exporterConsole = "console"
)

// settings are what the environment says of traces:
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/
type settings struct {
	exporter   string // "": there are no traces, and nothing else is set
	version    string
	endpoint   *url.URL
	headers    http.Header // secrets are in them
	timeout    time.Duration
	gzip       bool
	tls        *tls.Config // nil: as usual
	sampler    sampler
	propagates bool // W3C Trace Context
	resource   []attribute

	delay, exportTimeout time.Duration
	queueSize, batchSize int
}

func readSettings(e environ, version string) (settings, error) {
	s := settings{version: version}
	var err error
	if s.exporter, err = readExporter(e); err != nil || s.exporter == "" {
		return s, err
	}
	if s.exporter == exporterOTLP {
		if err := readOTLP(e, &s); err != nil {
			return s, err
		}
	}
	if s.sampler, err = readSampler(e); err != nil {
		return s, err
	}
	if s.propagates, err = readPropagators(e); err != nil {
		return s, err
	}
	if s.resource, err = readResource(e, version); err != nil {
		return s, err
	}
	return s, readBatching(e, &s)
}

// readExporter tells where traces go. OpenTelemetry would send them to this machine where nothing is said; here they
// are off then, as next to nobody who starts a server on a desktop has a collector.
func readExporter(e environ) (string, error) {
	const variable = "OTEL_TRACES_EXPORTER"
	if strings.EqualFold(e.get("OTEL_SDK_DISABLED"), "true") {
		return "", nil
	}
	_, endpoint := e.otlp("ENDPOINT")
	switch name := e.get(variable); {
	case name == "none", name == "" && endpoint == "":
		return "", nil
	case name == "", name == exporterOTLP:
		return exporterOTLP, nil
	case name == exporterConsole:
		return exporterConsole, nil
	default:
		return "", &SettingError{Variable: variable, Problem: strconv.Quote(clip(name)) + " is not an exporter known here", Remedy: "use otlp, console (lines on standard error) or none"}
	}
}

func readOTLP(e environ, s *settings) error {
	if variable, protocol := e.otlp("PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		return &SettingError{Variable: variable, Problem: strconv.Quote(clip(protocol)) + " is not spoken here",
			Remedy: "set it to http/protobuf, and the endpoint to the collector's port for HTTP, usually 4318"}
	}
	var err error
	if s.endpoint, err = readEndpoint(e); err != nil {
		return err
	}
	if s.headers, err = readHeaders(e); err != nil {
		return err
	}
	variable, compression := e.otlp("COMPRESSION")
	if !slices.Contains([]string{"", "gzip", "none"}, compression) {
		return &SettingError{Variable: variable, Problem: strconv.Quote(clip(compression)) + " is not known here", Remedy: "use gzip or none"}
	}
	s.gzip = compression == "gzip"
	variable, timeout := e.otlp("TIMEOUT")
	if s.timeout, err = milliseconds(variable, timeout, 10*time.Second); err != nil {
		return err
	}
	s.tls, err = readTLS(e)
	return err
}

// readEndpoint never shows the address: it may hold a key.
func readEndpoint(e environ) (*url.URL, error) {
	const whole = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	variable, text := e.otlp("ENDPOINT")
	u, err := url.Parse(cmp.Or(text, "http://localhost:4318"))
	remedy := "use the collector's address, such as http://localhost:4318"
	switch {
	case err != nil:
		return nil, &SettingError{Variable: variable, Problem: "it is not a URL", Remedy: remedy}
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, &SettingError{Variable: variable, Problem: "it is not an address that begins with http:// or https://", Remedy: remedy}
	case u.User != nil:
		return nil, &SettingError{Variable: variable, Problem: "it holds a name or password", Remedy: "put them into OTEL_EXPORTER_OTLP_HEADERS, as authorization=Basic%20…"}
	case u.Fragment != "":
		return nil, &SettingError{Variable: variable, Problem: "it has a fragment (#)", Remedy: remedy}
	}
	switch {
	case variable != whole:
		u = u.JoinPath("v1", "traces")
	case u.Path == "":
		u.Path = "/"
	}
	return u, nil
}

// readHeaders reads "name=value,name=value" with percent-encoded values. Its errors show neither.
func readHeaders(e environ) (http.Header, error) {
	variable, text := e.otlp("HEADERS")
	headers := http.Header{}
	pairs, ok := parsePairs(text)
	for _, p := range pairs {
		if !isToken(p[0]) || strings.ContainsFunc(p[1], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			ok = false
			break
		}
		headers.Set(p[0], p[1])
	}
	if !ok {
		return nil, &SettingError{Variable: variable, Problem: "it is not a list of headers", Remedy: "write name=value,name=value, with commas, blanks and = in values percent-encoded"}
	}
	return headers, nil
}

// parsePairs reads what OpenTelemetry writes lists as: those of W3C Baggage, without properties.
func parsePairs(text string) ([][2]string, bool) {
	var pairs [][2]string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !found || name == "" || err != nil {
			return nil, false
		}
		pairs = append(pairs, [2]string{name, value})
	}
	return pairs, true
}

// isToken tells whether s may be the name of a header (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// readPropagators tells whether callers' traces are joined. Baggage is never carried on from here, so naming it
// changes nothing.
func readPropagators(e environ) (bool, error) {
	const variable = "OTEL_PROPAGATORS"
	text := cmp.Or(e.get(variable), "tracecontext,baggage")
	joins := false
	for name := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(name) {
		case "tracecontext":
			joins = true
		case "baggage", "none", "":
		default:
			return false, &SettingError{Variable: variable, Problem: strconv.Quote(clip(name)) + " is not known here", Remedy: "use tracecontext, or none"}
		}
	}
	return joins, nil
}

// readResource says whose spans these are.
func readResource(e environ, version string) ([]attribute, error) {
	const variable = "OTEL_RESOURCE_ATTRIBUTES"
	pairs, ok := parsePairs(e.get(variable))
	if !ok || len(pairs) > 128 {
		return nil, &SettingError{Variable: variable, Problem: "it is not a list of attributes", Remedy: "write name=value,name=value, with commas, blanks and = in values percent-encoded"}
	}
	attributes := []attribute{{"service.name", "microsoft-mcp-server"}, {"service.version", version},
		{"service.instance.id", fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())}}
	if name := e.get("OTEL_SERVICE_NAME"); name != "" {
		pairs = append(pairs, [2]string{"service.name", name})
	}
	for _, p := range pairs {
		at := slices.IndexFunc(attributes, func(a attribute) bool { return a.name == p[0] })
		if at < 0 {
			attributes = append(attributes, attribute{name: p[0]})
			at = len(attributes) - 1
		}
		attributes[at].value = strings.ToValidUTF8(p[1], "\ufffd")
	}
	return attributes, nil
}

// readBatching reads how many spans wait, and how long.
func readBatching(e environ, s *settings) error {
	var err error
	const delay, timeout, size, batch = "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
	if s.delay, err = milliseconds(delay, e.get(delay), 5*time.Second); err != nil {
		return err
	}
	if s.exportTimeout, err = milliseconds(timeout, e.get(timeout), 30*time.Second); err != nil {
		return err
	}
	if s.queueSize, err = whole(size, e.get(size), 2048, 65_536); err != nil {
		return err
	}
	s.batchSize, err = whole(batch, e.get(batch), min(512, s.queueSize), s.queueSize)
	return err
}

func milliseconds(variable, text string, otherwise time.Duration) (time.Duration, error) {
	n, err := whole(variable, text, int(otherwise.Milliseconds()), int(time.Hour.Milliseconds()))
	return time.Duration(n) * time.Millisecond, err
}

func whole(variable, text string, otherwise, most int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, &SettingError{Variable: variable, Problem: strconv.Quote(clip(text)) + " is not possible", Remedy: fmt.Sprintf("use a whole number from 1 to %d", most)}
	}
	return n, nil
}

// clip cuts a text to what a span or an error may hold of it.
func clip(s string) string {
	if len(s) > mostLength {
		s = s[:mostLength]
	}
	if !utf8.ValidString(s) { // cut in the middle of a character, or none at all
		s = strings.ToValidUTF8(s, "")
	}
	return s
}
