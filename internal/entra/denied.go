package entra

import (
	"net/url"
	"strconv"
)

// denied puts the authority's refusal, which came by way of the browser, into words (RFC 6749, section 4.1.2.1).
func (c *client) denied(form url.Values) *Error {
	number, text := splitDescription(form.Get("error_description"))
	e := c.unsigned(tidy(text))
	e.OAuth = oauthCode(form.Get("error"))
	e.TraceID, e.CorrelationID = idIn(form.Get("error_description"), "Trace ID:"), idIn(form.Get("error_description"), "Correlation ID:")
	if number > 0 {
		e.Code = "AADSTS" + strconv.Itoa(number)
	}
	known, ok := adviceFor(number)
	switch {
	case form.Get("error_subcode") == "cancel": // Entra has one code for both
		e.Message = "the person cancelled the sign-in to profile " + c.config.Profile + ", or declined to consent"
		e.OAuth, e.hint = "", c.config.fill("sign in again, and consent to what is asked for: {login}")
	case ok:
		e.hint = c.config.fill(known.meaning + ": " + known.remedy)
	case e.OAuth == "access_denied" && number == 0:
		e.Message = "the sign-in to profile " + c.config.Profile + " was declined"
	case number > 0:
		e.hint = c.config.fill("{authority}/error?code=" + strconv.Itoa(number) + " explains this code; " + signInAgain)
	}
	if e.Message == "" {
		e.Message = "the authority refused the sign-in"
	}
	return e
}

// Denied puts the authority's refusal, which a person came back with in place of a code, into words. It is an *Error.
func (w *Web) Denied(form url.Values) error { return w.denied(form) }
