package entra

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxClaims bounds what a sign-in has to bring, in bytes: it goes into addresses and headers.
const maxClaims = 2 << 10

// maxMessage bounds what of the authority's text an error repeats, in runes.
const maxMessage = 500

// refusal is an error response (RFC 6749, section 5.2, and Microsoft's
// additions).
type refusal struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	Claims        string `json:"claims"` // what the next sign-in has to bring (JSON)
}

// explain makes an *Error of the last exchange, which failed.
func (x *exchange) explain(now time.Time) *Error {
	c, said := x.config, x.last
	if said == nil {
		return c.newError("the request for a token could not be made", "")
	}
	if said.err != nil {
		return x.unanswered(said)
	}
	e := &Error{Status: said.status, RetryAfter: retryAfter(said.header, now), CorrelationID: identifier(said.requestID)}
	if said.status == http.StatusTooManyRequests || said.status == http.StatusRequestTimeout || said.status >= 500 {
		e.class = transient
	}
	var r refusal
	// A value of the wrong type leaves its own field empty and no other.
	_ = json.Unmarshal(said.body, &r)
	if r.Error == "" {
		e.Message = fmt.Sprintf("the authority at %s answered %s", said.host, said.describe(x.hide))
		e.hint = c.strangeHint(e.class, said.host)
		e.hintToWait()
		return e
	}
	x.refused(e, r, said)
	e.hintToWait()
	if skew := clockSkew(said.header, now); skew != "" {
		e.hint += "; the clock of this machine is " + skew + ": set it first"
	}
	return e
}

// refused fills e from the authority's own error.
func (x *exchange) refused(e *Error, r refusal, said *answer) {
	number, text := splitDescription(r.Description)
	if len(r.Codes) > 0 && r.Codes[0] > 0 {
		number = r.Codes[0]
	}
	e.doing = "asking " + said.host + " for a token"
	e.OAuth, e.Message = oauthCode(r.Error), tidy(x.hide(text)) // tidy cuts, and half a secret is not found
	if x.shows(e.OAuth) {
		e.OAuth = ""
	}
	e.TraceID = identifier(r.TraceID)
	if id := identifier(r.CorrelationID); id != "" {
		e.CorrelationID = id
	}
	if len(r.Claims) <= maxClaims && isObject(r.Claims) {
		e.claims = r.Claims
	}
	known, ok := adviceFor(number)
	if number > 0 {
		e.Code = "AADSTS" + strconv.Itoa(number)
	}
	if known.transient || e.OAuth == "temporarily_unavailable" || e.OAuth == "server_error" {
		e.class = transient
	}
	switch {
	case ok:
		e.hint = x.config.fill(known.meaning + ": " + known.remedy)
	case number > 0:
		e.hint = x.config.fill("{authority}/error?code=" + strconv.Itoa(number) + " explains this code")
	case e.class == transient:
		e.hint = transientHint
	default:
		e.hint = x.config.fill("check client_id, tenant_id and the credential of profile {profile}")
	}
}

// hide takes the secrets out of text: an authority of someone's own may repeat
// the request.
func (x *exchange) hide(text string) string {
	for _, hidden := range x.hidden {
		if plain := hidden.Reveal(); plain != "" {
			text = strings.NewReplacer(plain, "[secret]", url.QueryEscape(plain), "[secret]", url.PathEscape(plain), "[secret]").Replace(text)
		}
	}
	return text
}

// describe says what an answer is that is neither a token nor an error. hide takes out what nobody may see.
func (a *answer) describe(hide func(string) string) string {
	what := "JSON that is not metadata of this authority"
	var fields map[string]json.RawMessage
	broken := json.Unmarshal(a.body, &fields) != nil
	start := bytes.TrimSpace(a.body)
	switch {
	case a.status >= 300 && a.status < 400:
		what = "a redirect"
		if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
			what += " to " + tidy(hide(u.Host))
		}
	case len(start) == 0:
		what = "nothing"
	case strings.Contains(a.header.Get("Content-Type"), "html") || start[0] == '<':
		what = "an HTML page"
	case broken && start[0] == '{':
		what = "JSON that is broken or cut off"
	case broken:
		what = "text that is not a JSON object"
	case a.toToken && fields["access_token"] == nil:
		what = "JSON without an access_token"
	case a.toToken:
		what = "JSON that lacks a proper access_token or expires_in"
	}
	if a.toToken {
		return fmt.Sprintf("%d with %s, which is not a token", a.status, what)
	}
	return fmt.Sprintf("%d with %s, when asked for its metadata on the way to a token", a.status, what)
}

// splitDescription takes "AADSTS7000215: Text. Trace ID: …" apart.
func splitDescription(s string) (number int, text string) {
	text = s
	if rest, ok := strings.CutPrefix(s, "AADSTS"); ok {
		digits, after, found := strings.Cut(rest, ":")
		if n, err := strconv.Atoi(digits); err == nil && found && n > 0 {
			number, text = n, after
		}
	}
	text, _, _ = strings.Cut(text, "Trace ID:")
	return number, text
}

// idIn returns the identifier that follows label in a description, or "".
func idIn(description, label string) string {
	_, after, found := strings.Cut(description, label)
	words := strings.Fields(after)
	if !found || len(words) == 0 {
		return ""
	}
	return identifier(words[0])
}

// tidy makes one line of text from elsewhere, with an end.
func tidy(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(s); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return s
}

// oauthCode returns s where it looks like a code of RFC 6749, "" otherwise.
func oauthCode(s string) string {
	if len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "error"
	}
	return s
}

// identifier returns s where it looks like a GUID, "" otherwise.
func identifier(s string) string {
	if len(s) > 64 || strings.Trim(strings.ToLower(s), "0123456789abcdef-") != "" {
		return ""
	}
	return s
}

// retryAfter reads the header of that name (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	raw := h.Get("Retry-After")
	if n, err := strconv.ParseUint(raw, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(raw); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// clockSkew says by how much our clock is off by the authority's Date, or "".
func clockSkew(h http.Header, now time.Time) string {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return ""
	}
	off := now.Sub(date).Round(time.Minute)
	switch {
	case off > skewTolerated:
		return off.String() + " ahead"
	case off < -skewTolerated:
		return (-off).String() + " behind"
	}
	return ""
}
