package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

type idKey struct{}

func TestLinesNameTheirRequest(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	f, err := New(Options{Getenv: getenv(map[string]string{"OTEL_TRACES_EXPORTER": "console"}),
		RequestID: func(ctx context.Context) string { id, _ := ctx.Value(idKey{}).(string); return id }})
	if err != nil {
		t.Fatal(err)
	}
	plain := slog.New(f.Handler(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelInfo,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return a
		}})))
	request := context.WithValue(t.Context(), idKey{}, "r-1")
	traced := f.Observer().Join(request, sent(map[string]string{"traceparent": parent}))
	ids := "trace_id=" + parent[3:35] + " span_id=" + parent[36:52]
	for _, row := range []struct {
		log  *slog.Logger
		ctx  context.Context
		want string
	}{
		{plain, t.Context(), "msg=m a=1"},
		{plain, request, "msg=m a=1 request_id=r-1"},
		{plain, traced, "msg=m a=1 request_id=r-1 " + ids},
		{plain.With("b", 2), request, "msg=m b=2 a=1 request_id=r-1"},
		{plain.With("b", 2).WithGroup("g").With("c", 3).WithGroup(""), traced, "msg=m b=2 request_id=r-1 " + ids + " g.c=3 g.a=1"},
		{plain.WithGroup("g").WithGroup("h"), t.Context(), "msg=m g.h.a=1"},
	} {
		b.Reset()
		row.log.InfoContext(row.ctx, "m", "a", 1)
		if got := strings.TrimSpace(b.String()); got != row.want {
			t.Errorf("the line is\n%s\nwant\n%s", got, row.want)
		}
	}
	if plain.Enabled(traced, slog.LevelDebug) {
		t.Error("the level of the handler behind does not count")
	}
}
