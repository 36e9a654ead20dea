package graph

import (
	"fmt"
	"net/url"
	"strings"
)

// API names one of the two services that a request can go to.
type API string

// The services, by the names that the tools' apiType parameter uses.
const (
	Graph           API = "graph" // Microsoft Graph
	ResourceManager API = "azure" // Azure Resource Manager
)

// The versions of Microsoft Graph. Azure Resource Manager has none in its paths.
const (
	V1   = "v1.0"
	Beta = "beta"
)

// Endpoints are the origins of one cloud's services. A request never leaves them.
type Endpoints struct {
	graph           *url.URL
	resourceManager *url.URL // nil where the cloud has none
}

// NewEndpoints takes the origins (https://host[:port]) of Microsoft Graph and of Azure Resource Manager; the
// latter may be empty. The hosts of the national clouds: https://learn.microsoft.com/graph/deployments
func NewEndpoints(graph, resourceManager string) (Endpoints, error) {
	g, err := parseOrigin(graph)
	if err != nil {
		return Endpoints{}, fmt.Errorf("microsoft graph: %w", err)
	}
	e := Endpoints{graph: g}
	if resourceManager == "" {
		return e, nil
	}
	if e.resourceManager, err = parseOrigin(resourceManager); err != nil {
		return Endpoints{}, fmt.Errorf("azure resource manager: %w", err)
	}
	return e, nil
}

func parseOrigin(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not an https origin such as https://graph.microsoft.com", s)
	}
	return &url.URL{Scheme: "https", Host: strings.ToLower(u.Host)}, nil
}

// origin returns the origin of an API, or an error that a model can act on.
func (e Endpoints) origin(api API) (*url.URL, error) {
	switch api {
	case Graph, "":
		return e.graph, nil
	case ResourceManager:
		if e.resourceManager == nil {
			return nil, &RequestError{Part: "apiType", Problem: `"azure" is not available: this profile's cloud names no Azure Resource Manager host`}
		}
		return e.resourceManager, nil
	default:
		return nil, &RequestError{Part: "apiType", Problem: fmt.Sprintf("%q is neither \"graph\" nor \"azure\"", api)}
	}
}

// RequestError says which part of a request could not be accepted, before anything was sent.
type RequestError struct {
	Part    string // the parameter: path, method, apiType, apiVersion, queryParams, headers, body
	Problem string // what is wrong with it
	Remedy  string // what to do instead; may be empty
}

// Error names the part and the problem.
func (e *RequestError) Error() string { return e.Part + ": " + e.Problem }

// Hint says what to do instead.
func (e *RequestError) Hint() string { return e.Remedy }
