// Command upstream is what the benchmarks call instead of Microsoft: a TLS server whose answers are fixed bytes,
// made once at start, so that next to nothing of what is measured is its own work. It answers a token request as
// Entra would and some reads as Graph would, compressed where the caller accepts that, as Graph does.
//
// It prints one line of JSON on standard output (see [announcement]) and serves until its standard input ends,
// so that it never outlives the benchmark.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// announcement tells the benchmark where the server is and what it trusts.
type announcement struct {
	URL   string `json:"url"`   // https origin of the authority and of Graph
	CA    string `json:"ca"`    // PEM of the certificate that signs the server's
	Token string `json:"token"` // the access token that every token request gets
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "upstream:", err)
		os.Exit(1)
	}
}

func run() error {
	certificate, ca, err := newCertificate(time.Now())
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	a := announcement{URL: "https://" + l.Addr().String(), CA: ca, Token: accessToken()}
	s := &http.Server{
		Handler:           routes(a),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // a client that leaves is no event
	}
	served := make(chan error, 1)
	go func() { served <- s.ServeTLS(l, "", "") }()
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	if err := <-served; err != http.ErrServerClosed {
		return err
	}
	return nil
}

// accessToken has the length and the outer shape of Entra's; nobody verifies it but this server.
func accessToken() string {
	return "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9." + strings.Repeat("eyJiZW5jaG1hcmsiOnRydWV9", 60) + "." +
		strings.Repeat("c2lnbmF0dXJl", 28)
}

func routes(a announcement) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		tenant := a.URL + "/" + r.PathValue("tenant")
		writeJSON(w, map[string]any{
			"authorization_endpoint": tenant + "/oauth2/v2.0/authorize",
			"token_endpoint":         tenant + "/oauth2/v2.0/token",
			"issuer":                 tenant + "/v2.0",
		})
	})
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{
			"token_type": "Bearer", "expires_in": 86399, "ext_expires_in": 86399, "access_token": a.Token,
		})
	})
	want := "Bearer " + a.Token
	mux.Handle("GET /v1.0/users/{id}", guarded(want, fix(oneUser())))
	mux.Handle("GET /v1.0/users/{id}/messages", guarded(want, fix(manyMessages(10))))
	mux.Handle("GET /v1.0/groups/all/members", guarded(want, manyPages(a.URL)))
	mux.Handle("POST /v1.0/$batch", guarded(want, http.HandlerFunc(answerBatch)))
	typicalRoutes(mux, want)
	transferRoutes(mux, a)
	return mux
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// guarded refuses calls without the token, so that no contender can be fast by leaving it out.
func guarded(authorization string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != authorization {
			http.Error(w, `{"error":{"code":"InvalidAuthenticationToken","message":"no token"}}`, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
