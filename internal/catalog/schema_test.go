package catalog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/csdl"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// TestAreasAgreeWithTheEmbeddedTenant holds every entry against the document that the embedded tenant serves: written by hand for
// what the areas speak of, and itself held against Microsoft's.
func TestAreasAgreeWithTheEmbeddedTenant(t *testing.T) {
	t.Parallel()
	agree(t, map[string]*schema.Model{"": embedded(t, "v1.0"), "beta": embedded(t, "beta")}, []string{"/$batch"})
}

// embedded is what the embedded tenant says of itself.
func embedded(t *testing.T, version string) *schema.Model {
	t.Helper()
	document, err := csdl.Document(version)
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Parse(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestEmbeddedTenantAgreesWithMicrosoft holds the embedded tenant's document itself against Microsoft's.
func TestEmbeddedTenantAgreesWithMicrosoft(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MICROSOFT_GRAPH_METADATA")
	if dir == "" {
		t.Skip("MICROSOFT_GRAPH_METADATA names no folder with v1.0.xml")
	}
	ours, theirs := embedded(t, "v1.0"), readModel(t, filepath.Join(dir, "v1.0.xml"))
	compared := 0
	for name := range ours.Types() {
		own, _ := ours.Type(name)
		theirs, ok := theirs.Type(name)
		if !ok || own.Kind != theirs.Kind || own.Base != theirs.Base {
			t.Errorf("%s is a %s based on %q here, a %s based on %q there", name, own.Kind, own.Base, theirs.Kind, theirs.Base)
			continue
		}
		for _, p := range append(own.Properties, own.Navigation...) {
			compared++
			if !slices.ContainsFunc(append(theirs.Properties, theirs.Navigation...), func(q schema.Property) bool {
				return q.Name == p.Name && q.Type == p.Type && q.Collection == p.Collection && q.Navigation == p.Navigation
			}) {
				t.Errorf("%s: Microsoft's document does not have %+v", name, p)
			}
		}
	}
	if compared < 3000 {
		t.Errorf("%d properties were compared", compared)
	}
}

// TestAreasAgreeWithMicrosoft holds every entry against Microsoft's own documents, v1.0.xml and beta.xml, in the folder that
// MICROSOFT_GRAPH_METADATA names. They are not part of this repository.
func TestAreasAgreeWithMicrosoft(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MICROSOFT_GRAPH_METADATA")
	if dir == "" {
		t.Skip("MICROSOFT_GRAPH_METADATA names no folder with v1.0.xml and beta.xml")
	}
	agree(t, map[string]*schema.Model{"": readModel(t, filepath.Join(dir, "v1.0.xml")), "beta": readModel(t, filepath.Join(dir, "beta.xml"))}, []string{"/$batch"})
}

// agree holds every entry against the model of its version; what the models are known to lack is left out.
func agree(t *testing.T, models map[string]*schema.Model, lacking []string) {
	t.Helper()
	c := catalog.New()
	checked := 0
	for _, area := range c.Areas() {
		for _, o := range c.Area(area.Name) {
			checked++
			if slices.Contains(lacking, o.Path) || o.Version == "beta" && slices.Contains(newerThanTheBeta, o.Path) {
				continue
			}
			for _, fault := range disagreements(models[o.Version], o) {
				t.Errorf("%s: %s %s: %s", area.Name, o.Method, o.Path, fault)
			}
		}
	}
	if checked < 500 {
		t.Errorf("the catalog has %d operations", checked)
	}
}

// newerThanTheBeta are paths of beta that the beta document at hand, of 2021, does not have yet.
var newerThanTheBeta = []string{
	"/me/messages/{message}/reportMessage",
	"/me/mailFolders/{folder}/updateAllMessagesReadState",
	"/sites/{site}/recycleBin/items",
	"/planner/plans/{plan}/archive",
	"/users/{user}/authentication/requirements",
	"/users/{user}/authentication/signInPreferences",
}

func readModel(t *testing.T, path string) *schema.Model {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	m, err := schema.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// disagreements returns what an operation says that a model does not: paths that lead nowhere, properties that their type
// does not have, another type of what comes back.
func disagreements(m *schema.Model, o catalog.Operation) []string {
	var faults []string
	for _, path := range append([]string{o.Path}, o.Also...) {
		target, err := m.Resolve(path)
		if err != nil {
			var unknown *schema.UnknownSegmentError
			if errors.As(err, &unknown) {
				err = fmt.Errorf("%w (nearest: %v)", err, unknown.Nearest)
			}
			faults = append(faults, fmt.Sprintf("%s: %v", path, err))
			continue
		}
		if op := target.Operation; op != nil && op.Action != (o.Method == "POST") { // what a function leads to may be changed
			faults = append(faults, fmt.Sprintf("%s: it is called with %s", path, op.Method()))
		}
		if path == o.Path {
			faults = append(faults, returned(m, o, target)...)
			faults = append(faults, properties(m, o, target)...)
		}
	}
	return faults
}

// returned checks what comes back.
func returned(m *schema.Model, o catalog.Operation, target schema.Target) []string {
	if o.Returns == "" {
		return nil
	}
	if strings.HasPrefix(o.Returns, "Edm.") || target.Type == "Edm.Stream" {
		return nil
	}
	got, ok := m.Type(o.Returns)
	if !ok {
		return []string{"it returns " + o.Returns + ", which is no type"}
	}
	if o.Method == "GET" && target.Type != got.Name && !descends(m, got.Name, target.Type) {
		return []string{fmt.Sprintf("it returns %s, the schema says %s", o.Returns, target.Type)}
	}
	return nil
}

// descends tells whether a type is based on another one.
func descends(m *schema.Model, name, base string) bool {
	for range 32 {
		t, ok := m.Type(name)
		if !ok {
			return false
		}
		if t.Name == base {
			return true
		}
		name = t.Base
	}
	return false
}

// properties checks what the options of the example name.
func properties(m *schema.Model, o catalog.Operation, target schema.Target) []string {
	if target.Service == "$count" { // what is counted has the properties
		target, _ = m.Resolve(strings.TrimSuffix(o.Path, "/$count"))
	}
	var faults []string
	for _, option := range o.Query {
		var names []string
		switch strings.ToLower(option.Name) {
		case "$select", "$orderby":
			for name := range strings.SplitSeq(option.Value, ",") {
				names = append(names, strings.Fields(name)[0])
			}
		case "$filter":
			names = filtered(option.Value)
		case "$expand":
			name, _, _ := strings.Cut(option.Value, "(")
			names = strings.Split(name, ",")
		}
		for _, name := range names {
			if !hasProperty(m, target.Type, strings.TrimSpace(name)) {
				faults = append(faults, fmt.Sprintf("%s names %q, which %s does not have", option.Name, name, target.Type))
			}
		}
	}
	return faults
}

var (
	quoted   = regexp.MustCompile(`'[^']*'|\{[^}]*\}`)
	lambda   = regexp.MustCompile(`([\w/]+)/(?:any|all)\((\w+):`)
	filterer = regexp.MustCompile(`[A-Za-z_0-9$][\w./:$-]*\(?`)
	words    = []string{"eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in", "has", "true", "false", "null"}
)

// filtered returns the properties that a filter names, those within any() by their whole path.
func filtered(filter string) []string {
	filter = quoted.ReplaceAllString(filter, "''")
	var names []string
	for _, each := range lambda.FindAllStringSubmatch(filter, -1) {
		names = append(names, each[1])
		filter = regexp.MustCompile(`\b`+each[2]+`/`).ReplaceAllString(filter, each[1]+"/")
		filter = regexp.MustCompile(`\b`+each[2]+`\b:?`).ReplaceAllString(filter, "")
	}
	for _, name := range filterer.FindAllString(filter, -1) {
		if strings.HasSuffix(name, "(") || slices.Contains(words, name) || name[0] >= '0' && name[0] <= '9' {
			continue
		}
		names = append(names, strings.TrimSuffix(name, "/$count"))
	}
	return names
}

// hasProperty tells whether a type, or one that is based on it, has a property, or what a path of several leads to.
func hasProperty(m *schema.Model, of, path string) bool {
	first, rest, deeper := strings.Cut(path, "/")
	if strings.Contains(first, ".") && !strings.HasPrefix(first, "@") {
		return hasProperty(m, first, rest)
	}
	t, ok := m.Type(of)
	if !ok {
		return false
	}
	if p, ok := m.Property(t.Name, first); ok {
		return !deeper || hasProperty(m, p.Type, rest)
	}
	if t.Kind == schema.Complex && t.Open || strings.HasSuffix(t.Name, ".fieldValueSet") || strings.HasPrefix(first, "extension_") {
		return true
	}
	for _, derived := range t.Derived {
		if hasProperty(m, derived, path) {
			return true
		}
	}
	return false
}
