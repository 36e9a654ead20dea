package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// siteAddresses remembers the addresses of sites. KQL knows a site by its URL alone: with an ID it finds nothing, and
// does not say so.
type siteAddresses struct {
	mu    sync.Mutex // guards known
	known map[string]siteAddress
}

type siteAddress struct {
	url  string
	till time.Time
}

const (
	siteLife  = time.Hour
	mostSites = 256
)

// narrow returns the URL of the site to search; "" for all. A profile that is bound to a site searches there, and
// in what lies below it, alone.
func (s *siteAddresses) narrow(ctx context.Context, c Call, wanted string) (string, error) {
	pin := c.Profile.SharePoint
	bound := strings.TrimRight(pin.SiteURL, "/")
	if bound == "" && pin.SiteID != "" {
		var err error
		if bound, err = s.lookUp(ctx, c, pin.SiteID); err != nil {
			return "", fmt.Errorf("the site that the profile searches: %w", err)
		}
	}
	if wanted == "" || bound != "" && (strings.EqualFold(wanted, pin.SiteID) || strings.EqualFold(strings.TrimRight(wanted, "/"), bound)) {
		return bound, nil
	}
	site, err := s.lookUp(ctx, c, wanted)
	var refusal *graph.Error
	switch {
	case errors.As(err, &refusal) && (refusal.Status == http.StatusNotFound || refusal.Status == http.StatusBadRequest):
		return "", &ArgumentError{Parameter: "siteId", Problem: "is no site's: " + refusal.Error(), Remedy: siteRemedy}
	case err != nil:
		return "", err
	case bound != "" && !within(site, bound):
		return "", &ArgumentError{Parameter: "siteId", Problem: "is another site than the one this profile searches: " + bound,
			Remedy: "leave siteId out; which site is searched stands in the server's configuration (site_id, site_url), and the person can change that"}
	}
	return site, nil
}

// lookUp asks Graph for a site's address: https://learn.microsoft.com/graph/api/site-get
func (s *siteAddresses) lookUp(ctx context.Context, c Call, id string) (string, error) {
	key := c.Profile.Name + "\x00" + c.Profile.Identity().String() + "\x00" + strings.ToLower(id)
	if known, ok := s.get(key); ok {
		return known, nil
	}
	path, err := sitePath(id)
	if err != nil {
		return "", err
	}
	request, err := c.Profile.Endpoints.NewRequest(graph.Params{Path: path, Query: map[string]string{"$select": "webUrl"}})
	if err != nil {
		return "", err
	}
	response, err := c.Graph.Do(ctx, request)
	if err != nil {
		return "", err
	}
	var site struct {
		WebURL string `json:"webUrl"`
	}
	if err := json.Unmarshal(response.Body, &site); err != nil {
		return "", fmt.Errorf("GET %s: %w", request.Path(), compact.ErrJSON)
	}
	address := strings.TrimRight(site.WebURL, "/")
	if !strings.HasPrefix(address, "https://") || strings.ContainsFunc(address, func(r rune) bool { return r == '"' || r == '\\' || unicode.IsControl(r) }) {
		return "", fmt.Errorf("GET %s: the site has no address that could be searched", request.Path())
	}
	s.put(key, address)
	return address, nil
}

const siteRemedy = `give HOST,SITE-GUID,WEB-GUID as Graph does (microsoft_graph path "/sites", queryParams {"search": "name"}), or https://TENANT.sharepoint.com/sites/NAME`

// sitePath returns Graph's path of a site that is given by its ID, its address, or host:/path.
func sitePath(id string) (string, error) {
	if u, err := url.Parse(id); err == nil && strings.EqualFold(u.Scheme, "https") && u.Host != "" && u.User == nil {
		path := "/sites/" + u.Host
		if at := strings.Trim(u.EscapedPath(), "/"); at != "" {
			path += ":/" + at
		}
		return path, nil
	}
	host, at, has := strings.Cut(id, ":/")
	if host == "" || strings.ContainsAny(host, `/\?#%@:`) || strings.ContainsAny(at, `?#:`) {
		return "", &ArgumentError{Parameter: "siteId", Problem: "is neither a site's ID nor its address", Remedy: siteRemedy}
	}
	if has && at != "" {
		return "/sites/" + host + ":/" + at, nil
	}
	return "/sites/" + host, nil
}

func (s *siteAddresses) get(key string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.known[key]
	return known.url, ok && time.Now().Before(known.till)
}

func (s *siteAddresses) put(key, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= mostSites {
		s.known = map[string]siteAddress{}
	}
	s.known[key] = siteAddress{address, time.Now().Add(siteLife)}
}

// siteClause narrows to a site; "" to none. The site at a host's root would take all sites of the host along, whose
// addresses begin with its own.
func siteClause(site string) string {
	if site == "" {
		return ""
	}
	site = strings.ReplaceAll(site, `"`, "%22")
	clause := `site:"` + site + `"`
	if isRoot(site) {
		for _, collection := range collections {
			clause += ` AND NOT path:"` + site + collection + `"`
		}
	}
	return clause
}

// collections are where a host keeps its other sites.
var collections = []string{"/sites/", "/teams/", "/personal/"}

func isRoot(site string) bool {
	return !strings.Contains(strings.TrimPrefix(site, "https://"), "/")
}

// inCollection tells whether an address leads to another site than the host's root.
func inCollection(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	for _, collection := range collections {
		if strings.HasPrefix(strings.ToLower(u.Path)+"/", collection) {
			return true
		}
	}
	return false
}

// within tells whether an address is a site's, or lies below it.
func within(address, site string) bool {
	a, s := sameForm(address), sameForm(site)
	return s != "" && (a == s || strings.HasPrefix(a, s+"/")) && !(isRoot(site) && inCollection(address))
}

// sameForm writes an address as others of the same place are, however they are encoded.
func sameForm(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.Contains(u.Path+"/", "/../") { // which leads elsewhere than it begins
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host + strings.TrimRight(u.Path, "/"))
}
