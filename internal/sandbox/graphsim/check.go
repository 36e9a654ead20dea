package graphsim

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

// queryProblem words an error of the query's parser as Graph does.
func queryProblem(err error, values url.Values) string {
	var syntax *odata.SyntaxError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	if filter := values.Get("$filter") + values.Get("filter"); filter != "" {
		if _, wrong := odata.ParseFilter(filter); wrong != nil {
			return "Invalid filter clause: " + err.Error() + " in '" + filter + "'."
		}
	}
	return "Parsing OData query options failed: " + err.Error() + "."
}

// checkFields refuses $select and $expand of what a kind does not have.
func (c *call) checkFields(k *kind, q *odata.Query) error {
	for _, path := range q.Select {
		if path[0] == "*" || k.expand[strings.ToLower(path[0])].name != "" {
			continue
		}
		if _, ok := k.property(path[0]); !ok && !strings.HasPrefix(path[0], "microsoft.graph.") {
			return k.area.badQuery("Parsing OData Select and Expand failed: %s", unknownProperty(k, path[0]))
		}
	}
	for i := range q.Expand {
		x := &q.Expand[i]
		_, name, isCast := strings.Cut(x.Name, "/") // microsoft.graph.itemattachment/item
		if isCast && strings.HasPrefix(strings.ToLower(x.Name), "microsoft.graph.") {
			x.Name = name
		}
		if _, ok := k.expand[strings.ToLower(x.Name)]; !ok && x.Name != "*" && k != c.g.kinds.object {
			return k.area.badQuery("Parsing OData Select and Expand failed: %s", unknownProperty(k, x.Name))
		}
	}
	return nil
}

func unknownProperty(k *kind, name string) string {
	return "Could not find a property named '" + name + "' on type 'microsoft.graph." + k.name + "'."
}

// checkList refuses what a collection does not support.
func (c *call) checkList(l *listing, q *odata.Query) error {
	if err := c.checkFields(l.kind, q); err != nil {
		return err
	}
	if err := checkNames(l.kind, q); err != nil {
		return err
	}
	switch l.kind.area {
	case directory:
		return c.checkDirectoryQuery(l, q)
	case outlook:
		return checkOutlookQuery(l, q)
	}
	return nil
}

// checkNames refuses unknown properties and misused types in $filter and $orderby.
func checkNames(k *kind, q *odata.Query) error {
	for _, key := range q.OrderBy {
		if _, ok := k.property(key.By[0]); !ok {
			return k.area.badQuery("%s", unknownProperty(k, key.By[0]))
		}
	}
	if q.Filter == nil {
		return nil
	}
	variables := map[string]bool{"$it": true}
	odata.Walk(q.Filter, func(e odata.Expr) {
		if l, ok := e.(odata.Lambda); ok {
			variables[l.Var] = true
		}
	})
	var err error
	odata.Walk(q.Filter, func(e odata.Expr) {
		switch e := e.(type) {
		case odata.Path:
			_, known := k.property(e[0])
			if !known && !variables[e[0]] && k.expand[strings.ToLower(e[0])].name == "" && !strings.Contains(e[0], ".") && err == nil {
				err = k.area.badQuery("Invalid filter clause: %s", unknownProperty(k, e[0]))
			}
		case odata.Compare:
			if left, right := edmOf(k, e.Left), edmOf(k, e.Right); left != "" && right != "" && left != right && err == nil {
				err = k.area.badQuery("Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.",
					left, right, operatorKind(e.Op))
			}
		}
	})
	return err
}

// edmOf tells times from strings, the mistake most often made; "" means anything else.
func edmOf(k *kind, e odata.Expr) string {
	switch e := e.(type) {
	case odata.Path:
		if name, ok := k.property(e[0]); ok && len(e) == 1 && strings.HasSuffix(name, "DateTime") {
			return "Edm.DateTimeOffset"
		}
	case odata.Literal:
		if _, ok := e.Value.(string); ok {
			return "Edm.String"
		}
	}
	return ""
}

func operatorKind(op string) string {
	return map[string]string{"eq": "Equal", "ne": "NotEqual", "gt": "GreaterThan", "ge": "GreaterThanOrEqual", "lt": "LessThan", "le": "LessThanOrEqual"}[op]
}

func (c *call) eventual() bool {
	return strings.EqualFold(strings.TrimSpace(c.request.Header.Get("ConsistencyLevel")), "eventual")
}

// checkDirectoryQuery holds the rules of https://learn.microsoft.com/graph/aad-advanced-queries.
func (c *call) checkDirectoryQuery(l *listing, q *odata.Query) error {
	advanced := c.eventual() && (q.Count || c.count)
	switch {
	case q.Skip != nil:
		return directory.refuse400("'$skip' is not supported by the service.")
	case c.count && !c.eventual():
		return directory.refuse400("$count is not currently supported.")
	case q.HasSearch && !l.searched && !c.eventual():
		return unsupportedQuery("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	case q.Count && q.Filter != nil && !advanced:
		return unsupportedQuery("The query parameter '$count' with '$filter' needs the header ConsistencyLevel:eventual. Refer to https://aka.ms/graph-docs/advanced-queries for more information")
	case q.Top != nil && (*q.Top < 1 || *q.Top > l.kind.most):
		return unsupportedQuery("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", *q.Top, l.kind.most)
	}
	if q.Filter != nil {
		if err := checkOperators(l.kind, q.Filter, advanced); err != nil {
			return err
		}
	}
	if len(q.OrderBy) > 0 && !advanced {
		simple := slices.Contains([]string{"displayname", "userprincipalname"}, strings.ToLower(q.OrderBy[0].By.String()))
		if q.Filter != nil || !simple || len(q.OrderBy) > 1 {
			return unsupportedQuery("Sorting not supported for current query.")
		}
	}
	return nil
}

func checkOperators(k *kind, filter odata.Expr, advanced bool) error {
	var err error
	refuse := func(e error) {
		if err == nil {
			err = e
		}
	}
	const remedy = "is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information"
	odata.Walk(filter, func(e odata.Expr) {
		switch e := e.(type) {
		case odata.Call:
			switch {
			case e.Name == "startswith":
			case e.Name == "endswith" && advanced:
			case e.Name == "endswith":
				refuse(unsupportedQuery("Operator 'endsWith' %s", remedy))
			default:
				refuse(unsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", firstPath(e), k.name))
			}
		case odata.Not:
			if !advanced {
				refuse(unsupportedQuery("Operator 'not' %s", remedy))
			}
		case odata.Compare:
			if e.Op == "ne" && !advanced {
				refuse(unsupportedQuery("Operator 'NotEqualsMatch' %s", remedy))
			}
		case odata.Path:
			if e[len(e)-1] == "$count" && !advanced {
				refuse(unsupportedQuery("Operator '$count' %s", remedy))
			}
		}
	})
	return err
}

func firstPath(e odata.Expr) string {
	first := ""
	odata.Walk(e, func(e odata.Expr) {
		if p, ok := e.(odata.Path); ok && first == "" {
			first = p.String()
		}
	})
	return first
}

// checkOutlookQuery holds the rules of https://learn.microsoft.com/graph/api/user-list-messages and of
// https://learn.microsoft.com/graph/search-query-parameter.
func checkOutlookQuery(l *listing, q *odata.Query) error {
	switch {
	case q.Top != nil && *q.Top > l.kind.most:
		return outlook.badQuery("The limit of '%d' for Top query has been exceeded. The value from the incoming request is '%d'.", l.kind.most, *q.Top)
	case q.Top != nil && *q.Top == 0:
		return outlook.badQuery("The value of $top must be at least 1.")
	case q.HasSearch && q.Filter != nil:
		return &problem{status: 400, code: "SearchWithFilter", message: "The query parameter '$filter' is not supported with '$search'."}
	case q.HasSearch && len(q.OrderBy) > 0:
		return &problem{status: 400, code: "SearchWithOrderBy", message: "The query parameter '$orderBy' is not supported with '$search'."}
	}
	if len(q.OrderBy) > 0 && q.Filter != nil && !strings.EqualFold(firstPath(q.Filter), q.OrderBy[0].By.String()) && l.kind.name == "message" {
		return &problem{status: 400, code: "InefficientFilter", message: "The restriction or sort order is too complex for this operation."}
	}
	return nil
}
