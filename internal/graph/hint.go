package graph

import (
	"fmt"
	"net/http"
	"strings"
)

// Hint says what to do next, for the refusals whose cure is known.
func (e *Error) Hint() string {
	text := strings.ToLower(strings.Join(append([]string{e.Code, e.Message}, e.InnerCodes...), " "))
	for _, known := range cures() {
		for _, sign := range known.signs {
			if strings.Contains(text, sign) {
				return known.cure
			}
		}
	}
	if e.Status == http.StatusGone || strings.Contains(text, "syncstatenotfound") || strings.Contains(text, "syncstateinvalid") || strings.Contains(text, "resyncrequired") {
		return e.restartHint()
	}
	return e.statusHint()
}

// cure is what helps against refusals that show one of the signs in their code or message, in lower case.
type cure struct {
	signs []string
	cure  string
}

// cures are looked through in order. The signs are the services' words, in lower case.
func cures() []cure {
	return []cure{
		{[]string{"delegated authentication flow"},
			`"/me" exists only for a signed-in user; with application permissions use "/users/{id or userPrincipalName}"`},
		{[]string{"consistencylevel", "$count=true query parameter", "sorting not supported for current query"},
			`this is an advanced query: send headers {"ConsistencyLevel": "eventual"} and queryParams {"$count": "true"}`},
		{[]string{"invalid page size", "limit of", "top query has been exceeded"},
			"ask for smaller pages: a smaller $top; maxItems follows the pages"},
		{[]string{"unsupported or invalid query filter clause"},
			`this property cannot be filtered so: eq and startswith work most often; advanced filters need headers {"ConsistencyLevel": "eventual"} and queryParams {"$count": "true"}`},
		{[]string{"request_unsupportedquery"},
			`the directory does not support this combination of options: as an advanced query it may (headers {"ConsistencyLevel": "eventual"}, queryParams {"$count": "true"}); else ask for less and sort or filter what comes`},
		{[]string{"inefficientfilter", "restriction or sort order is too complex"},
			"put the property of $orderby first in $filter too, or leave $orderby out"},
		{[]string{"searchwithfilter", "searchwithorderby"},
			"$search of mail goes without $filter and $orderby: put the condition into the search, such as \"from:ada received>=2026-01-01\""},
		{[]string{"region is required"},
			`an app has to say where it searches: add "region", such as "NAM", beside "query" in the body`},
		{[]string{"content of a folder", "content for a folder"},
			"this is a folder: list it with microsoft_graph, the same path with /children at its end (…/items/{id}/children, …/root:/folder:/children)"},
		{[]string{"missingapiversionparameter"},
			`Azure Resource Manager needs queryParams {"api-version": "…"}; the error or the provider's documentation names the versions`},
		{[]string{"could not find a property named"},
			"the property name is wrong for this type: correct it in $select, $filter or $orderby, or leave $select out to see what there is"},
		{[]string{"invalid filter clause", "syntax error at position", "parsing odata query options failed"},
			`the query cannot be parsed: text goes in single quotes ('' for one inside), times stand without quotes (2026-01-31T00:00:00Z), true, false and null as they are: {"$filter": "displayName eq 'O''Shea' and createdDateTime ge 2026-01-31T00:00:00Z"}`},
		{[]string{"syntax error: character", "clauses of $search have to be in double quotes"},
			`the value of $search has double quotes of its own around each clause: {"$search": "\"displayName:ada\""}`},
		{[]string{"resource not found for the segment"},
			`this path does not exist in this version: check its spelling, or try apiVersion "beta"`},
		{[]string{"mailboxnotenabledforrestapi", "mailboxnothostedinexchangeonline", "errornonexistentmailbox", "mailbox is either inactive"},
			"this account has no mailbox in Exchange Online (no licence with one, a guest, or a mailbox on premises): use an account that has one, or have an administrator give this one a licence with Exchange Online"},
		{[]string{"mysite not found", "does not have a spo license", "user's mysite"},
			"this account has no OneDrive: it needs a licence with SharePoint, and the drive comes into being when the user first opens it"},
		{[]string{"errorinvalididmalformed", "id is malformed"},
			"the ID is not one of this kind: take it from a list exactly as it stands there; IDs of Outlook change when an item is moved"},
		{[]string{"expiredpagetoken", "page token", "skiptoken is invalid"},
			"links to further pages expire: start the list again from its first page"},
		{[]string{"application access policy", "applicationaccesspolicy", "appaccesspolicy"},
			"an application access policy of Exchange limits this app to certain mailboxes: an administrator widens it, or use a mailbox within it"},
		{[]string{"namealreadyexists"},
			"a file of this name is there: choose another name, or the conflict behaviour replace or rename"},
		{[]string{"quotalimitreached", "insufficient space available"},
			"the drive is full: something has to be deleted, the recycle bin included, or an administrator raises its quota"},
		{[]string{"if-match"},
			`send the item's current "@odata.etag" as the If-Match header: read the item first`},
	}
}

func (e *Error) restartHint() string {
	if e.Restart != "" {
		return "the state behind this delta link is gone: start over with this path, and take what it lists instead of all that was read before: " + e.Restart
	}
	return "the state behind this delta link is gone: start the delta query again without its token, and take what it lists instead of all that was read before"
}

func (e *Error) statusHint() string {
	if hint := elsewhereHint(e.Status); e.elsewhere && hint != "" {
		return hint
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return "the service refused the token even after it was renewed: call get_auth_status, and check that the profile's tenant and cloud are right"
	case http.StatusForbidden:
		return "a permission is missing: call get_auth_status to see the granted ones; an administrator grants others in the app registration (API permissions, then admin consent)"
	case http.StatusNotFound:
		return "nothing is there under this path and ID: search or list first to find the ID, and mind that some resources exist only for users with a licence"
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusConflict:
		return `if the resource changed meanwhile, read it again and send its "@odata.etag" (a GET of the single item shows it) as the If-Match header`
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if e.RetryAfter > 0 {
			return fmt.Sprintf("the service asks to wait %.0f s before the next try; ask for less at once", e.RetryAfter.Seconds())
		}
		return "the service is busy: wait a little before the next try, and ask for less at once"
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusInternalServerError:
		return "a fault on the service's side: try again in a moment; if it stays, quote the request-id to Microsoft's support"
	case http.StatusInsufficientStorage:
		return "there is no room for it: something has to be deleted first, or an administrator raises the quota"
	case http.StatusRequestEntityTooLarge:
		return "send less at once"
	}
	if isRedirect(e.Status) {
		return "only reads are sent on to another address. Something between here and the service may answer in its place (a proxy, a sign-in page of the network): check HTTPS_PROXY and the profile's cloud"
	}
	return ""
}
