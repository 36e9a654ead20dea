package graphsim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// problem is an error in Graph's vocabulary.
type problem struct {
	status         int
	code, message  string
	innerCode      string
	detail, target string // of the one entry under details, where target is set
	header         http.Header
}

func (p *problem) Error() string { return p.code + ": " + p.message }

// area is a family of resources; each has words of its own for what goes wrong.
type area int

const (
	directory area = iota
	outlook
	files
	service // Teams, Intune, security and what else has no words of its own here
)

// challenger is an error that brings its own header WWW-Authenticate.
type challenger interface {
	error
	Challenge() string
}

func unauthenticated(err error) error {
	if c, ok := errors.AsType[challenger](err); ok && c.Challenge() != "" {
		return &problem{
			status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: err.Error(),
			header: http.Header{"Www-Authenticate": {c.Challenge()}},
		}
	}
	return &problem{
		status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: err.Error(),
		header: http.Header{"Www-Authenticate": {`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`}},
	}
}

func badRequest(format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, code: "BadRequest", message: fmt.Sprintf(format, args...)}
}

// refuse400 is a bad request in an area's words.
func (a area) refuse400(format string, args ...any) error {
	code := map[area]string{directory: "Request_BadRequest", outlook: "ErrorInvalidRequest", files: "invalidRequest", service: "BadRequest"}[a]
	return &problem{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// badQuery is a query option that can't be parsed.
func (a area) badQuery(format string, args ...any) error {
	code := "BadRequest"
	if a == outlook {
		code = "RequestBroker--ParseUri"
	}
	return &problem{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

func unsupportedQuery(format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, code: "Request_UnsupportedQuery", message: fmt.Sprintf(format, args...)}
}

func (a area) forbidden() error {
	p := &problem{status: http.StatusForbidden}
	switch a {
	case directory:
		p.code, p.message = "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
	case outlook:
		p.code, p.message = "ErrorAccessDenied", "Access is denied. Check credentials and try again."
	case files:
		p.code, p.message = "accessDenied", "Access denied"
	case service:
		p.code, p.message = "Forbidden", "Missing permissions on the request."
	}
	return p
}

// forbidden refuses the call for want of a permission. Teams and its like say which ones would do, and which there are.
func (c *call) forbidden() error {
	if c.route.area != service {
		return c.route.area.forbidden()
	}
	kind := [2]string{"scope", "Scopes"}
	if c.caller.App {
		kind = [2]string{"role", "Roles"}
	}
	return &problem{status: http.StatusForbidden, code: "Forbidden", message: fmt.Sprintf("Missing %s permissions on the request. API requires one of '%s'. %s on the request '%s'.",
		kind[0], strings.Join(strings.Fields(c.route.needs), ", "), kind[1], strings.Join(c.caller.Permissions, ", "))}
}

func (a area) notFound(id string) error {
	p := &problem{status: http.StatusNotFound}
	switch a {
	case directory:
		p.code = "Request_ResourceNotFound"
		p.message = fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
	case outlook:
		p.code, p.message = "ErrorItemNotFound", "The specified object was not found in the store."
	case files:
		p.code, p.message = "itemNotFound", "The resource could not be found."
	case service:
		p.code, p.message = "NotFound", fmt.Sprintf("Resource '%s' was not found.", id)
	}
	return p
}

// stale is the answer to an If-Match that names another version.
func (a area) stale() error {
	p := &problem{status: http.StatusPreconditionFailed, code: "resourceModified", message: "ETag does not match current item's value"}
	if a == outlook {
		p.code, p.message = "ErrorIrresolvableConflict", "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item."
	}
	return p
}

func nameExists() error {
	return &problem{status: http.StatusConflict, code: "nameAlreadyExists", message: "An item with the same name already exists under the parent."}
}

func noSegment(name string) error {
	return badRequest("Resource not found for the segment '%s'.", name)
}

func wrongMethod() error {
	return &problem{status: http.StatusMethodNotAllowed, code: "Request_BadRequest", message: "Specified HTTP method is not allowed for the request target."}
}
