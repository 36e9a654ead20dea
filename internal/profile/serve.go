package profile

import (
	"fmt"
	"slices"
)

// Names returns the names of the profiles in their order.
func (c *Config) Names() []string {
	names := make([]string, len(c.Profiles))
	for i, p := range c.Profiles {
		names[i] = p.Name
	}
	return names
}

// Find returns the profile called name. The *Error of an unknown one lists the
// names there are and asks for the nearest.
func (c *Config) Find(name string) (Profile, error) {
	if len(c.Profiles) == 0 {
		return Profile{}, c.nothing()
	}
	for _, p := range c.Profiles {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, unknownProfile("", name, c.Names())
}

// Serve returns the profiles that a server serves: those named; else, over
// HTTP, those of [http] profiles; else the default; else all there are. The
// error is an *Error that says what to do where a name is unknown or nothing is
// configured.
func (c *Config) Serve(names []string, http bool) ([]Profile, error) {
	switch {
	case len(c.Profiles) == 0:
		return nil, c.nothing()
	case len(names) > 0:
	case http && len(c.HTTP.Profiles) > 0:
		names = c.HTTP.Profiles
	case c.DefaultProfile != "":
		names = []string{c.DefaultProfile}
	case c.unplaced != "":
		return nil, &Error{Key: c.unplaced, Problem: "is set, but the file has several profiles and none is selected to take it",
			Remedy: "select one with --profile or default_profile, or unset the variable"}
	default:
		names = c.Names()
	}
	var served []Profile
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		p, err := c.Find(name)
		if err == nil {
			err = c.reachable(p, http)
		}
		if err != nil {
			return nil, err
		}
		served = append(served, p)
	}
	return served, nil
}

// reachable refuses a profile of whoever calls where nobody can call as themselves.
func (c *Config) reachable(p Profile, http bool) error {
	if p.AuthMode != OnBehalfOf {
		return nil
	}
	e, o := c.HTTP.Entra, c.HTTP.OAuth
	granted := e != nil && slices.ContainsFunc(e.Grants, func(g Grant) bool { return slices.Contains(g.Profiles, p.Name) })
	switch {
	case !http:
		return c.Errorf(p.Key("auth_mode"), `serve it with "microsoft-mcp-server http", or choose a profile with auth_mode "interactive"`,
			"onBehalfOf is for callers over HTTP, each as themselves")
	case !granted && (o == nil || !slices.Contains(o.Profiles, p.Name)):
		return c.Errorf(p.Key("auth_mode"), "name the profile in [[http.entra.grants]] or in [http.oauth]", "nobody can call as themselves")
	}
	return nil
}

// nothing says that there is no profile, and how to get one.
func (c *Config) nothing() error {
	remedy := "run `microsoft-mcp-server setup --config FILE`, add one with `microsoft-mcp-server profile add --config FILE`, or set AZURE_CLIENT_ID and AZURE_TENANT_ID"
	if c.path != "" {
		remedy = fmt.Sprintf("run `microsoft-mcp-server setup`, add one with `microsoft-mcp-server profile add`, or write %s (see config.example.toml), or set AZURE_CLIENT_ID and AZURE_TENANT_ID", c.path)
	}
	return &Error{Problem: "no profile is configured", Remedy: remedy}
}
