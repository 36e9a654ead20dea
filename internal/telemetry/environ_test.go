package telemetry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSettingsThatCannotBeDone(t *testing.T) {
	t.Parallel()
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	nonsense := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(nonsense, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for variable, values := range map[string][]string{
		"OTEL_EXPORTER_OTLP_PROTOCOL":           {"grpc", "http/json"},
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL":    {"grpc"},
		"OTEL_TRACES_EXPORTER":                  {"zipkin", "OTLP"},
		endpoint:                                {"localhost:4318", "grpc://localhost", "http://", "http://u:s3cret@host", "http://h/%zz/s3cret", "http://h/#s3cret"},
		"OTEL_EXPORTER_OTLP_HEADERS":            {"s3cret", "=s3cret", "a b=s3cret", "a=s3cret%", "a=s3cret%0d%0aX: y", "a=s3cret%00", "ä=s3cret"},
		"OTEL_EXPORTER_OTLP_COMPRESSION":        {"zstd"},
		"OTEL_EXPORTER_OTLP_TIMEOUT":            {"0", "-1", "ten", "3600001"},
		"OTEL_EXPORTER_OTLP_CERTIFICATE":        {nonsense, nonsense + "-missing"},
		"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": {nonsense},
		"OTEL_TRACES_SAMPLER":                   {"sometimes"},
		"OTEL_PROPAGATORS":                      {"b3", "tracecontext,xray"},
		"OTEL_RESOURCE_ATTRIBUTES":              {"a", "=b", "a=%"},
		"OTEL_BSP_SCHEDULE_DELAY":               {"soon"},
		"OTEL_BSP_EXPORT_TIMEOUT":               {"0"},
		"OTEL_BSP_MAX_QUEUE_SIZE":               {"0", "1000000"},
		"OTEL_BSP_MAX_EXPORT_BATCH_SIZE":        {"2049"},
	} {
		for _, value := range values {
			env := map[string]string{endpoint: "http://localhost:4318", variable: value}
			_, err := New(Options{Getenv: getenv(env)})
			var wrong *SettingError
			if !errors.As(err, &wrong) || wrong.Variable != variable || wrong.Hint() == "" {
				t.Errorf("%s=%q: %v", variable, value, err)
				continue
			}
			if strings.Contains(err.Error()+wrong.Hint(), "s3cret") {
				t.Errorf("%s=%q is shown: %v", variable, value, err)
			}
		}
	}
	for _, ratio := range []string{"2", "-0.1", "NaN", "half"} {
		if _, err := New(Options{Getenv: getenv(map[string]string{endpoint: "http://h", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": ratio})}); err == nil {
			t.Errorf("a ratio of %s is accepted", ratio)
		}
	}
}

func TestTheNarrowerVariableCounts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ all, traces, want string }{
		{"http://a:1", "", "http://a:1/v1/traces"},
		{"http://a:1/x/", "", "http://a:1/x/v1/traces"},
		{"http://a:1", "https://b:2/own", "https://b:2/own"},
		{"grpc://a", "https://b:2", "https://b:2/"},
		{"", "", "http://localhost:4318/v1/traces"},
	} {
		s, err := readSettings(environ{getenv(map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": row.all, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": row.traces,
			"OTEL_EXPORTER_OTLP_TIMEOUT": "1", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "2000"})}, "")
		if err != nil || s.endpoint.String() != row.want || s.timeout != 2*time.Second {
			t.Errorf("%q and %q: %v within %s, %v", row.all, row.traces, s.endpoint, s.timeout, err)
		}
	}
}

func TestDefaultsAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	s, err := readSettings(environ{getenv(map[string]string{"OTEL_TRACES_EXPORTER": "otlp"})}, "")
	if err != nil {
		t.Fatal(err)
	}
	if s.timeout != 10*time.Second || s.delay != 5*time.Second || s.exportTimeout != 30*time.Second || s.queueSize != 2048 || s.batchSize != 512 || s.gzip || !s.propagates || !s.sampler.follows || s.sampler.below != everything {
		t.Errorf("settings %+v", s)
	}
	if s.tls.InsecureSkipVerify || s.tls.RootCAs != nil {
		t.Error("certificates are not checked as usual")
	}
}
