package graph

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
)

func BenchmarkNewRequest(b *testing.B) {
	e, err := NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		b.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		of   Params
	}{
		{"small", Params{Path: "/users/ada@contoso.com"}},
		{"query", Params{Path: "/me/messages?$top=10", Query: map[string]string{"$select": "id,subject", "$filter": "isRead eq false"}}},
		{"file", Params{Path: "/users/ada@contoso.com/drive/root:/Reports/2026/Größe und Gewicht.xlsx:/workbook/worksheets('Data')/range(address='A1:B2')"}},
		{"next link", Params{Path: "https://graph.microsoft.com/v1.0/users?$top=100&$skiptoken=RFNwdAIAAQAAABc6YWRhQGNvbnRvc28uY29t"}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.NewRequest(tt.of); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// canned answers with the same bytes, without a network.
type canned struct{ body []byte }

func (a canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}, "Request-Id": {"5f0e5b1c-7a43-4d7c-9c2e-3f1a6b8d9e10"}},
		Body:   io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body))}, nil
}

// ready is an identity that has its token.
type ready struct{}

func (ready) Token(context.Context, TokenRequest) (string, error) { return "token", nil }

func BenchmarkDo(b *testing.B) {
	e, err := NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		b.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		size int
	}{{"small", 400}, {"large", 160_000}} {
		b.Run(tt.name, func(b *testing.B) {
			c := NewClient(Config{Auth: ready{}, Transport: canned{bytes.Repeat([]byte{' '}, tt.size)}, UserAgent: "bench/1"})
			r, err := e.NewRequest(Params{Path: "/users/ada@contoso.com"})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(tt.size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Do(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
