package tools

import (
	"context"
	"fmt"
	"strings"
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
		Read:        readProfiles,
	}
}

// timeForStatus bounds the wait for a token, so that one identity that cannot get one does not hold up the others.
const timeForStatus = 10 * time.Second

func readProfiles(ctx context.Context, profiles []*Profile, _ string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeForStatus)
	defer cancel()
	list := make([]orderedObject, len(profiles))
	for i, p := range profiles {
		access := "read-write"
		if p.ReadOnly {
			access = "read-only"
		}
		status, err := p.Status(ctx)
		known := p.Identity()
		if status.Account != "" {
			known.Account = status.Account
		}
		if status.TenantID != "" {
			known.TenantID = status.TenantID
		}
		out := orderedObject{{"profile", p.Name}, {"mode", p.Mode}, {"account", known.Account}, {"tenant", known.TenantID}, {"cloud", p.Cloud}, {"access", access}}
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
		list[i] = out
	}
	return string(orderedObject{{"profiles", list}}.encode()), nil
}

// ResourceError says what is wrong with a resource's URI.
type ResourceError struct {
	URI, Problem string
	Near         string   // what may be meant; "" where nothing is near
	All          []string // what there is; nil where that would be too much
}

func (e *ResourceError) Error() string {
	text := fmt.Sprintf("%s: %s", e.URI, e.Problem)
	if e.Near != "" {
		text += "; did you mean " + e.Near + "?"
	}
	if e.All != nil {
		text += "; there are " + strings.Join(e.All, ", ")
	}
	return text
}
