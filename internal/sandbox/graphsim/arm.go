package graphsim

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
)

// ResourceManager returns the handler of the simulated Azure Resource Manager: subscriptions and resource groups,
// read-only (https://learn.microsoft.com/rest/api/resources).
func (g *Graph) ResourceManager() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := newExchange(r, g.o.Now())
		value, err := g.resource(r)
		if err != nil {
			p := err.(*problem) // resource returns no other
			a := &answer{status: p.status, value: Entity{"error": Entity{"code": p.code, "message": p.message}}, header: p.header}
			x.armReply(a).write(w, r)
			return
		}
		x.armReply(&answer{value: value}).write(w, r)
	})
}

func (x *exchange) armReply(a *answer) *reply {
	r := x.reply(a)
	r.header = http.Header{"Content-Type": {"application/json; charset=utf-8"}, "X-Ms-Request-Id": {x.requestID}, "X-Ms-Correlation-Request-Id": {x.requestID}, "Cache-Control": {"no-cache"}}
	maps.Copy(r.header, a.header)
	return r
}

func armProblem(status int, code, message string) error {
	return &problem{status: status, code: code, message: message}
}

func (g *Graph) resource(r *http.Request) (Entity, error) {
	if _, err := g.o.AuthenticateResourceManager(r); err != nil {
		p := &problem{status: http.StatusUnauthorized, code: "AuthenticationFailed", message: "Authentication failed. " + err.Error(), header: http.Header{}}
		p.header.Set("WWW-Authenticate", `Bearer authorization_uri="https://login.microsoftonline.com/common", error="invalid_token"`)
		return nil, p
	}
	pieces, err := g.cleanPath(r.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	version := r.URL.Query().Get("api-version")
	switch {
	case version == "":
		return nil, armProblem(http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
	case !regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-preview)?$`).MatchString(version):
		return nil, armProblem(http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version '"+version+"' is invalid.")
	case r.Method != http.MethodGet:
		return nil, armProblem(http.StatusForbidden, "AuthorizationFailed", "The client does not have authorization to perform this action over the scope.")
	}
	if len(pieces) == 0 || foldName(pieces[0]) != "subscriptions" {
		return nil, armProblem(http.StatusNotFound, "InvalidResourceType", "The resource type could not be found.")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.subscriptionResource(pieces[1:])
}

func (g *Graph) subscriptionResource(pieces []string) (Entity, error) {
	list := g.o.Company.Subscriptions
	if len(pieces) == 0 {
		return Entity{"value": list, "count": Entity{"type": "Total", "value": int64(len(list))}}, nil
	}
	subscription, ok := find(list, segment{text: pieces[0], property: "subscriptionId"})
	if !ok {
		return nil, armProblem(http.StatusNotFound, "SubscriptionNotFound", "The subscription '"+pieces[0]+"' could not be found.")
	}
	if len(pieces) == 1 {
		return subscription, nil
	}
	groups := g.o.Company.ResourceGroups[text(subscription, "subscriptionId")]
	switch {
	case foldName(pieces[1]) == "resources" && len(pieces) == 2:
		return Entity{"value": []any{}}, nil
	case foldName(pieces[1]) != "resourcegroups" || len(pieces) > 3:
		return nil, armProblem(http.StatusNotFound, "ResourceNotFound", "The resource under '"+strings.Join(pieces, "/")+"' was not found.")
	case len(pieces) == 2:
		return Entity{"value": groups}, nil
	}
	group, ok := find(groups, segment{text: pieces[2], property: "name"})
	if !ok {
		return nil, armProblem(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '"+pieces[2]+"' could not be found.")
	}
	return group, nil
}
