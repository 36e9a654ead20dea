package oauth

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	maxQuery = 16 << 10 // a client ID that is a sealed registration has up to 6 KiB
	maxForm  = 64 << 10
)

// errForm is what is wrong with parameters, for a person.
type errForm string

func (e errForm) Error() string { return string(e) }

// readQuery returns the parameters in the URL of r.
func readQuery(r *http.Request) (url.Values, error) {
	if len(r.URL.RawQuery) > maxQuery {
		return nil, errForm("the request is too long")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errForm("the request cannot be read")
	}
	return values, once(values)
}

// readForm returns the parameters in the body of r, and takes none from the URL, which ends up in logs.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.URL.RawQuery != "" {
		return nil, errForm("parameters belong into the body, not into the URL")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, errForm("the content type has to be application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return nil, errForm("the request is too long")
		}
		return nil, errForm("the request cannot be read")
	}
	return r.PostForm, once(r.PostForm)
}

// once refuses parameters that stand twice (RFC 6749, section 3.1): two readers might each believe another one.
func once(values url.Values) error {
	for name, all := range values {
		switch {
		case len(all) > 1:
			return errForm("a parameter stands more than once: " + printable(name, 40))
		case name == "error_description": // Entra's has several lines; it is made printable before anybody sees it
		case !isLine(name) || !isLine(all[0]):
			return errForm("a parameter has characters that do not print")
		}
	}
	return nil
}

// isASCII tells whether s is plain ASCII: other letters can look like those of another host.
func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// isLine tells whether s is text without control characters.
func isLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
