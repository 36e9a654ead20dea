package graph

import (
	"fmt"
	"net/http"
	"strings"
)

// Hint says what to do next, for the refusals whose cure is known.
func (e *Error) Hint() string {
	text := strings.ToLower(strings.Join(append([]string{e.Code, e.Message}, e.InnerCodes...), " "))
	switch {
	case strings.Contains(text, "delegated authentication flow"):
		return `"/me" exists only for a signed-in user; with application permissions use "/users/{id or userPrincipalName}"`
	case strings.Contains(text, "consistencylevel") || strings.Contains(text, "request_unsupportedquery"):
		return `this is an advanced query: send headers {"ConsistencyLevel": "eventual"} and queryParams {"$count": "true"}`
	case strings.Contains(text, "missingapiversionparameter"):
		return `Azure Resource Manager needs queryParams {"api-version": "…"}; the error or the provider's documentation names the versions`
	case strings.Contains(text, "could not find a property named"):
		return "the property name is wrong for this type: correct it in $select, $filter or $orderby, or leave $select out to see what there is"
	case strings.Contains(text, "resource not found for the segment"):
		return `this path does not exist in this version: check its spelling, or try apiVersion "beta"`
	}
	return e.statusHint()
}

func (e *Error) statusHint() string {
	switch e.Status {
	case http.StatusUnauthorized:
		return "the service refused the token even after it was renewed: call get_auth_status, and check that the profile's tenant and cloud are right"
	case http.StatusForbidden:
		return "a permission is missing: call get_auth_status to see the granted ones; an administrator grants others in the app registration (API permissions, then admin consent)"
	case http.StatusNotFound:
		return "nothing is there under this path and ID: search or list first to find the ID, and mind that some resources exist only for users with a licence"
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusConflict:
		return `if the resource changed meanwhile, read it again and send its "@odata.etag" (format "raw" shows it) as the If-Match header`
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if e.RetryAfter > 0 {
			return fmt.Sprintf("the service asks to wait %.0f s before the next try; ask for less at once", e.RetryAfter.Seconds())
		}
		return "the service is busy: wait a little before the next try, and ask for less at once"
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusInternalServerError:
		return "a fault on the service's side: try again in a moment; if it stays, quote the request-id to Microsoft's support"
	case http.StatusRequestEntityTooLarge:
		return "send less at once"
	}
	return ""
}
