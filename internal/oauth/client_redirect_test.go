package oauth

import "testing"

// A pattern lets in what is below it for every server that reads the URI, whichever way it decodes.
func TestPatternsAreNotLeft(t *testing.T) {
	t.Parallel()
	allowed, err := newRedirects([]string{"https://client.example.org/cb/*"})
	if err != nil {
		t.Fatal(err)
	}
	for uri, want := range map[string]bool{
		"https://client.example.org/cb/":                   true,
		"https://client.example.org/cb/one":                true,
		"https://client.example.org/cb/one/two.html?x=%2F": true,
		"https://client.example.org/cb/.well-known/a":      true,
		"https://client.example.org/cb/a%20b":              true,
		"https://client.example.org/cb":                    false,
		"https://client.example.org/cbx/one":               false,
		"https://client.example.org/open":                  false,
		"https://client.example.org.evil.example/cb/one":   false,
		"https://client.example.org/cb/..%2Fopen":          false,
		"https://client.example.org/cb/..%2f..%2fopen?a=b": false,
		"https://client.example.org/cb/a%2Fb":              false,
		"https://client.example.org/cb/a%5cb":              false,
		"https://client.example.org/cb/a%5Cb":              false,
		"https://client.example.org/cb/%252e%252e/open":    false,
		"https://client.example.org/cb/..;/open":           false,
		"https://client.example.org/cb/x/..;a=b/open":      false,
		"https://client.example.org/cb/%2e%2e;/open":       false,
		"https://client.example.org/cb/...":                false,
		"https://client.example.org/cb/../open":            false,
		"https://client.example.org/cb/%2E./open":          false,
	} {
		u, problem := parseRedirect(uri)
		if got := problem == "" && allowed.allow("", u, uri); got != want {
			t.Errorf("%s: %v (%s)", uri, got, problem)
		}
	}
}
