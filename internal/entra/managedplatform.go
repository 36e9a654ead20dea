package entra

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// errNobodyThere is that no connection came about.
var errNobodyThere = errors.New("nothing answers")

// platform is the exchange with the endpoint from which a managed identity gets its token.
type platform struct {
	exchange
	source  managedidentity.Source
	refused secret.Text // the token that the API refused last
}

// Do sends a request of MSAL's and reads the whole answer.
func (x *platform) Do(req *http.Request) (*http.Response, error) {
	said := &answer{host: hostOf(req.URL), toToken: true, requestID: req.Header.Get("x-ms-client-request-id")}
	x.last = said
	// What opens the endpoint.
	for _, name := range []string{"X-Identity-Header", "Secret", "Authorization"} {
		x.hidden = append(x.hidden, secret.NewText(strings.TrimPrefix(req.Header.Get(name), "Basic ")))
	}
	return x.send(x.mark(req))
}

// mark tells the platforms that keep tokens which of them must go, in the manner of Microsoft's other libraries.
func (x *platform) mark(req *http.Request) *http.Request {
	if x.refused.IsZero() || x.source != managedidentity.AppService && x.source != managedidentity.ServiceFabric {
		return req
	}
	sum := sha256.Sum256([]byte(x.refused.Reveal()))
	marked := req.Clone(req.Context())
	query := marked.URL.Query()
	query.Set("token_sha256_to_refresh", hex.EncodeToString(sum[:]))
	marked.URL.RawQuery = query.Encode()
	return marked
}

// ConfigureClient implements [managedidentity.ClientConfigurer]: in Service Fabric, MSAL has the endpoint known by the
// thumbprint of its certificate.
func (x *platform) ConfigureClient(augment func(*http.Client) (*http.Client, error)) error {
	web, err := augment(x.http)
	if err != nil {
		return err
	}
	own := *x.client // the identity's other requests go on without
	own.http = web
	x.client = &own
	return nil
}

// name says whom was asked, for a person.
func (x *platform) name() string {
	if x.last == nil {
		return "the managed identity endpoint"
	}
	return "the managed identity endpoint at " + tidy(x.last.host)
}

// platformRefusal is how the endpoints word a refusal: by an OAuth error (virtual machines, Azure Arc), an object
// (Service Fabric), or a message (App Service).
type platformRefusal struct {
	Error       json.RawMessage `json:"error"`
	Description string          `json:"error_description"`
	Message     string          `json:"message"`
}

// read returns the code and the text of a refusal, "" where there is none.
func (r platformRefusal) read() (code, text string) {
	var object struct{ Code, Message string }
	if json.Unmarshal(r.Error, &code) == nil {
		return code, r.Description
	}
	if json.Unmarshal(r.Error, &object) == nil && object.Code+object.Message != "" {
		return "", strings.Trim(object.Code+": "+object.Message, ": ")
	}
	return "", r.Message
}

// explain makes an *Error of the last exchange, which failed.
func (x *platform) explain(now time.Time) *Error {
	said := x.last
	switch {
	case said == nil:
		return x.config.newError("the request to the managed identity endpoint could not be made",
			"check the variables that the platform gives to the server, such as IDENTITY_ENDPOINT")
	case said.err != nil:
		return x.unanswered(said)
	}
	e := &Error{
		Status: said.status, RetryAfter: retryAfter(said.header, now), CorrelationID: identifier(said.requestID),
		doing: "asking " + x.name() + " for a token", class: classOfStatus(said.status),
	}
	var r platformRefusal
	_ = json.Unmarshal(said.body, &r) // a value of the wrong type leaves its own field empty and no other
	code, text := r.read()
	number, text := splitDescription(text)
	e.Message = tidy(x.hide(text)) // tidy cuts, and half a secret is not found
	if code != "" {
		if e.OAuth = oauthCode(code); x.shows(e.OAuth) {
			e.OAuth = ""
		}
	}
	switch known, ok := adviceFor(number); {
	case ok:
		e.Code, e.hint = fmt.Sprintf("AADSTS%d", number), x.config.fill(known.meaning+": "+known.remedy)
	default:
		e.hint = x.config.fill(x.remedy(e.class))
	}
	if e.Message == "" && e.OAuth == "" {
		e.Message = "it answered " + said.describe(x.hide)
	}
	return e
}

// classOfStatus tells what may pass by itself: 410 is the endpoint of virtual machines being updated.
func classOfStatus(status int) class {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusGone, status >= 500:
		return transient
	}
	return permanent
}

// remedy returns what to do about the last answer, as a template.
func (x *platform) remedy(c class) string {
	status := x.last.status
	denied := status == http.StatusUnauthorized || status == http.StatusForbidden
	switch {
	case c == transient:
		return transientHint
	case status == http.StatusOK && x.config.ClientID != "" && x.source == managedidentity.AzureArc:
		return "the agent of Azure Arc may not know user-assigned identities: update it, or remove client_id from managed_identity of profile {profile}"
	case denied && x.source == managedidentity.AzureArc:
		return "add the user that the server runs as to the group himds (in Windows: Hybrid agent extension applications), and start the server again"
	case status != http.StatusBadRequest:
		return x.strange()
	case x.config.ClientID != "":
		return "in {portal}, open this machine or app, Identity, User assigned: add the identity with the client ID {client}, or correct client_id in managed_identity of profile {profile}"
	}
	return `in {portal}, open this machine or app, Identity: turn on System assigned, or name one that is under User assigned in profile {profile}: managed_identity = { client_id = "…" }`
}

// strange is the remedy where something answers that gives no tokens, as a template.
func (x *platform) strange() string {
	return "this machine is not in Azure or has no managed identity: turn one on for it in {portal}, Identity, or give profile {profile} another credential"
}

// unanswered makes an *Error of an exchange that brought no whole answer.
func (x *platform) unanswered(said *answer) *Error {
	err := said.err
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the rest repeats method and URL
	}
	e := &Error{Status: said.status, CorrelationID: identifier(said.requestID), cause: err, doing: "asking " + x.name() + " for a token"}
	switch {
	case errors.Is(err, errNobodyThere) && !errors.Is(err, context.Canceled):
		// Not asked again at once: each attempt may take connectTimeout.
		e.Message, e.hint = "nothing answers there: this machine is not in Azure or has no managed identity", x.config.fill(x.strange())
	case errors.Is(err, errTooLarge):
		e.Message, e.hint = fmt.Sprintf("it answered more than %d bytes, which is not a token", maxBody), x.config.fill(x.strange())
	default:
		message, _, c := describeNetwork(err)
		e.Message, e.hint, e.class = tidy(x.hide(message)), transientHint, c
	}
	if x.shows(err.Error()) {
		e.cause = nil
	}
	return e
}
