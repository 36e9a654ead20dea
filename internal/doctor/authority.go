package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Authority is where a profile's tokens come from.
type Authority struct {
	Origin    string // of Microsoft Entra
	Tenant    string // a GUID, a domain, or a name that stands for many
	Transport http.RoundTripper
}

// mostAnswer bounds what is read of an answer, in bytes.
const mostAnswer = 256 << 10

// discovery is what the OpenID configuration says, as far as it is looked at, or why there is none.
// https://openid.net/specs/openid-connect-discovery-1_0.html
type discovery struct {
	Issuer      string `json:"issuer"`
	Token       string `json:"token_endpoint"`
	Description string `json:"error_description"`
}

// Look looks whether the authority answers, and knows the tenant. Known tells whether it was the authority that said so:
// where it was not, the tenant may well exist.
func (a Authority) Look(ctx context.Context) (f Finding, known bool) {
	limited, cancel := context.WithTimeout(ctx, inOne)
	defer cancel()
	f = a.find(limited)
	return f, f.State == OK || strings.Contains(f.Text, "AADSTS")
}

// find looks whether the authority answers, and knows the tenant.
func (a Authority) find(ctx context.Context) Finding {
	host := hostOf(a.Origin)
	status, body, err := get(ctx, a.Transport, a.Origin+"/"+url.PathEscape(a.Tenant)+"/v2.0/.well-known/openid-configuration")
	if err != nil {
		return Finding{State: Wrong, Text: host + " gives no answer: " + plain(err), Do: "try again in a moment; if it stays so, see https://status.cloud.microsoft"}
	}
	var said discovery
	parsed := json.Unmarshal(body, &said)
	code, sentence := aadsts(said.Description)
	switch {
	case status == http.StatusOK && parsed == nil && said.Issuer != "" && said.Token != "":
		return Finding{State: OK, Text: host + " knows the tenant " + tenantOf(said.Issuer, a.Tenant)}
	case code == "AADSTS90002" || code == "AADSTS900021" || code == "AADSTS900023":
		return Finding{State: Wrong, Text: fmt.Sprintf("there is no tenant %s at %s (%s)", a.Tenant, host, code), Do: "check tenant_id and cloud of the profile: the Directory (tenant) ID stands in the overview of the app registration"}
	case code != "":
		return Finding{State: Wrong, Text: code + ": " + sentence, Do: "see " + a.Origin + "/error?code=" + strings.TrimPrefix(code, "AADSTS")}
	case status == http.StatusTooManyRequests || status >= 500:
		return Finding{State: Wrong, Text: fmt.Sprintf("%s is busy or not well (HTTP %d)", host, status), Do: "wait a moment and try again"}
	}
	return Finding{State: Wrong, Text: fmt.Sprintf("what answers for %s is not Microsoft Entra (HTTP %d, and no OpenID configuration)", host, status),
		Do: "sign in to the network where it asks for that in a browser, or have the proxy on the way let the host through; with a cloud of your own, check authority"}
}

// get reads a page, and follows nothing.
func get(ctx context.Context, transport http.RoundTripper, address string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	return resp.StatusCode, body, err
}

// aadsts takes the code out of a description of Entra's, and the sentence behind it.
func aadsts(description string) (code, sentence string) {
	m := regexp.MustCompile(`^(AADSTS\d{4,9}): *`).FindStringSubmatch(description)
	if m == nil {
		return "", ""
	}
	sentence, _, _ = strings.Cut(strings.TrimPrefix(description, m[0]), "Trace ID:")
	return m[1], sentence
}

// tenantOf is the tenant's ID, as the issuer names it, where that is another name than the one configured.
func tenantOf(issuer, configured string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return configured
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if id == "" || strings.EqualFold(id, configured) || strings.HasPrefix(id, "{") {
		return configured
	}
	return configured + " (" + id + ")"
}
