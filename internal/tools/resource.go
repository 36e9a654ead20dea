package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Resource is what a client may attach to a conversation, or what a model may read by its URI.
type Resource struct {
	URI         string // where Variable is set, up to it: graph://schema/
	Variable    string // what the URI ends with, as a template has it; "" for a resource that stands for itself
	Name        string
	Title       string
	Description string
	MIMEType    string
	// Usable tells whether a profile has a use for it. nil: always.
	Usable func(*Profile) bool
	// Read returns it, as the profiles have it that the caller may use. value is what stands for Variable.
	Read func(ctx context.Context, profiles []*Profile, value string) (string, error)
	// Complete returns the values that begin so, likeliest first. nil: there is nothing to complete.
	Complete func(ctx context.Context, profiles []*Profile, begun string) []string
}

// Resources returns every resource there is, in the order in which they are listed.
func Resources() []Resource {
	return []Resource{profileResource(), schemaResource(), catalogResource()}
}

func profileResource() Resource {
	return Resource{
		URI: "graph://profile", Name: "profile", Title: "Who this server acts as", MIMEType: "application/json",
		Description: "The profiles served: account or app, tenant, cloud, what they may do, granted permissions.",
		Usable:      func(p *Profile) bool { return p.May("get_auth_status") }, // it says the same
		Read:        readProfiles,
	}
}

const (
	// timeForStatus bounds the wait for a token, for each profile by itself.
	timeForStatus = 10 * time.Second
	// statusAtOnce bounds the profiles that are asked for at once.
	statusAtOnce = 8
)

func readProfiles(ctx context.Context, profiles []*Profile, _ string) (string, error) {
	list := make([]orderedObject, len(profiles))
	places := make(chan struct{}, statusAtOnce)
	var asking sync.WaitGroup
	for i, p := range profiles {
		places <- struct{}{}
		asking.Go(func() {
			defer func() { <-places }()
			list[i] = p.shown(ctx)
		})
	}
	asking.Wait()
	if err := ctx.Err(); err != nil {
		return "", context.Cause(ctx)
	}
	return string(orderedObject{{"profiles", list}}.encode()), nil
}

// shown is a profile as its resource shows it.
func (p *Profile) shown(ctx context.Context) orderedObject {
	ctx, cancel := context.WithTimeout(ctx, timeForStatus)
	defer cancel()
	access := "read-write"
	if p.ReadOnly {
		access = "read-only"
	}
	status, err := p.Status(ctx)
	known := p.Identity()
	account, tenant := cmp.Or(status.Account, known.Account), cmp.Or(status.TenantID, known.TenantID)
	out := orderedObject{{"profile", p.Name}, {"mode", p.Mode}, {"account", account}, {"tenant", tenant}, {"cloud", p.Cloud}, {"access", access}}
	if p.Tools != nil {
		out = append(out, member{"tools", p.Tools})
	}
	if p.Instructions != "" {
		out = append(out, member{"instructions", p.Instructions})
	}
	out = append(out, member{"authenticated", err == nil})
	if err == nil {
		out = append(out, member{"permissions", status.Permissions})
	}
	return out
}

// ResourceError says what is wrong with a resource's URI.
type ResourceError struct {
	URI, Problem string
	Near         string   // what may be meant; "" where nothing is near
	All          []string // what there is; nil where that would be too much
	Instead      string   // what to do where neither is known
}

func (e *ResourceError) Error() string {
	text := fmt.Sprintf("%s: %s", e.URI, e.Problem)
	if e.Near != "" {
		text += "; did you mean " + e.Near + "?"
	} else if e.All == nil && e.Instead != "" {
		text += "; " + e.Instead
	}
	if e.All != nil {
		text += "; there are " + strings.Join(e.All, ", ")
	}
	return text
}
