package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// authorityWeather is what goes wrong where tokens come from. They live for seconds, so that there are always some to be had.
func authorityWeather() []weather {
	all := []weather{{name: "Graph takes none of the tokens any more", strike: func(_ context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
		if c.tenant.revoked && *chaosFor == 0 {
			return nil, errors.New("a server that is refused too often asks for no other token for half a minute")
		}
		c.tenant.revoked = true
		if dice.IntN(2) == 0 {
			c.tenant.RevokeTokens()
		} else {
			c.tenant.ChallengeTokens()
		}
		return func() error { return nil }, nil
	}}, clockWeather()}
	for _, tr := range authorityTroubles() {
		// What Entra itself refuses is not asked for again for half a minute, nor are tokens that Graph refuses several times.
		long := strings.Contains(tr.name, "an app that is") || tr.name == "a token that is none" || tr.name == "a token for a second"
		all = append(all, weather{name: "the authority: " + tr.name, long: long, strike: func(_ context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
			end := c.tenant.pour(sandbox.Login, tr, dice)
			return func() error { end(); return nil }, nil
		}})
	}
	return all
}

// clockWeather moves Microsoft's clock away from that of the machine, which is as if the machine's had jumped: what was
// issued before has expired, or begins later.
func clockWeather() weather {
	return weather{name: "the clocks jump apart", long: true, strike: func(_ context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
		if c.tenant.revoked && *chaosFor == 0 {
			return nil, errors.New("a server that is refused too often asks for no other token for half a minute")
		}
		c.tenant.revoked = true
		jump := []time.Duration{-24 * time.Hour, -time.Hour, -time.Minute, 2 * time.Minute, 2 * time.Hour, 400 * 24 * time.Hour}[dice.IntN(6)]
		c.tenant.ahead.Store(int64(jump))
		return func() error { c.tenant.ahead.Store(0); return nil }, nil
	}}
}

// authorityTroubles are the answers of an authority that does not work.
func authorityTroubles() []trouble {
	answer := func(name string, status int, kind, body string) trouble {
		return trouble{name: name, act: func(s *spoiled) { s.reply(status, body, "Content-Type", kind) }}
	}
	refusal := func(code string, number int, message string) string {
		return fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%d: %s Trace ID: 3f6c0a1e-0000-4000-8000-000000000000 Correlation ID: 5b1a0a1e-0000-4000-8000-000000000000 Timestamp: 2026-11-01 00:00:00Z","error_codes":[%d]}`, code, number, message, number)
	}
	token := func(life string) string {
		return `{"token_type":"Bearer","expires_in":` + life + `,"ext_expires_in":` + life + `,"access_token":"` + strings.Repeat("eyJ0eXAiOiJKV1QiLCJhbGciOi", 4) + `.e30.c2ln"}`
	}
	return []trouble{
		answer("500", 500, "application/json", refusal("server_error", 90033, "A transient error has occurred. Please try again.")),
		answer("503 as a page", 503, kindHTML, "<html><body>Service Unavailable</body></html>"),
		answer("429", 429, "application/json", refusal("temporarily_unavailable", 50196, "The server terminated an operation because it encountered a client request loop.")),
		answer("a page", 200, kindHTML, portal),
		answer("garbage", 200, "application/json", "\x00\xff{{{"),
		answer("nothing", 200, "application/json", ""),
		answer("another type", 200, "text/plain", "ok"),
		answer("a token for a second", 200, "application/json", token("1")),
		answer("a token that has expired", 200, "application/json", token("-3600")),
		answer("a token without an end", 200, "application/json", token(`"soon"`)),
		answer("a token that is none", 200, "application/json", token("3600")),
		answer("an app that is refused", 401, "application/json", refusal("invalid_client", 7000215, "Invalid client secret provided.")),
		answer("an app that is disabled", 400, "application/json", refusal("unauthorized_client", 7000112, "Application is disabled.")),
		{name: "slow", act: func(s *spoiled) {
			s.stall()
			s.next.ServeHTTP(s.w, s.r)
		}},
		{name: "no answer", act: func(s *spoiled) { sandbox.Cut(s.r) }},
		{name: "half an answer", act: func(s *spoiled) { s.half(true) }},
		{name: "a redirect", act: func(s *spoiled) { s.reply(307, "", "Location", s.c.tenant.SearchURL()+"/token") }},
		{name: "a redirect to plain HTTP", act: func(s *spoiled) { s.reply(308, "", "Location", s.c.decoy.plain+"/token") }},
		{name: "a bomb of gzip", act: func(s *spoiled) {
			s.w.Header().Set("Content-Type", "application/json")
			s.w.Header().Set("Content-Encoding", "gzip")
			for range 64 {
				if _, err := s.w.Write(bomb()); err != nil {
					return
				}
			}
		}},
	}
}

// networkWeather is what goes wrong for everybody on the way to Graph.
func networkWeather() []weather {
	shower := func(name string, tr trouble) weather {
		return weather{name: "Graph: " + name, strike: func(_ context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
			end := c.tenant.pour(sandbox.Graph, tr, dice)
			return func() error { end(); return nil }, nil
		}}
	}
	some := func(one int, act func(s *spoiled)) func(s *spoiled) {
		return func(s *spoiled) {
			if s.dice.IntN(one) == 0 {
				s.doubt()
				act(s)
			}
			s.pass(s.host())
		}
	}
	ofFiles := func(r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, "/_download/") || strings.HasPrefix(r.URL.Path, "/_upload/")
	}
	return []weather{
		shower("connections are cut now and then", trouble{act: some(3, func(s *spoiled) { sandbox.Cut(s.r) })}),
		shower("streams break off in the middle", trouble{act: some(2, func(s *spoiled) { s.half(false) })}),
		shower("files break off", trouble{fits: ofFiles, act: some(2, func(s *spoiled) { s.half(true) })}),
		shower("files do not answer", trouble{doubtful: true, fits: ofFiles, act: func(s *spoiled) { s.reply(503, "") }}),
		shower("upload sessions are gone", trouble{fits: ofFiles, act: func(s *spoiled) {
			s.reply(404, graphRefusal("itemNotFound", "The upload session was not found"), "Content-Type", kindJSON)
		}}),
		shower("everything stalls", trouble{doubtful: true, act: func(s *spoiled) {
			s.stall()
			panic(http.ErrAbortHandler)
		}}),
		shower("batches fail", trouble{doubtful: true, fits: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/$batch") }, act: func(s *spoiled) {
			[]func(s *spoiled){
				func(s *spoiled) { s.reply(503, "") }, func(s *spoiled) { s.half(true) }, func(s *spoiled) { s.host(); sandbox.Cut(s.r) },
				func(s *spoiled) { s.host(); s.reply(200, `{"responses":[]}`, "Content-Type", kindJSON) },
				func(s *spoiled) {
					s.host()
					s.reply(200, `{"responses":[{"id":"nobody","status":200}]}`, "Content-Type", kindJSON)
				},
			}[s.dice.IntN(5)](s)
		}}),
	}
}
