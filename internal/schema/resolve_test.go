package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	m := parse(t, every(t))
	const many = "*"
	for _, test := range []struct{ path, kind, last, keys string }{
		{"", "", "", ""},
		{"/", "", "", ""},
		{"/me", "person", "", ""},
		{"me/", "person", "", ""},
		{"//me", "person", "", ""},
		{"/ME", "person", "", ""},
		{"/v1.0/me", "person", "", ""},
		{"/Beta/me?$select=id", "person", "", ""},
		{"https://graph.microsoft.com/v1.0/me#x", "person", "", ""},
		{"/users", "person*", "", ""},
		{"/users()", "person*", "", ""},
		{"/users/{user}", "person", "", "{user}"},
		{"/users/ada%40contoso.com", "person", "", "ada@contoso.com"},
		{"/users('ada')", "person", "", "ada"},
		{"/users('o''hara')", "person", "", "o'hara"},
		{"/users('a/b')/displayName", "Edm.String", "displayName", "a/b"},
		{"/users/'ada'", "person", "", "ada"},
		{"/users(id='ada')", "person", "", "id=ada"},
		{"/users(12)", "person", "", "12"},
		{"/shelves(room='A,B',number=3)", "shelf", "", "room=A,B,number=3"},
		{"/shelves/room='A'", "shelf", "", "room='A'"},
		{"/me/loans", "lending.loan*", "loans", ""},
		{"/me/loans/{loan}/borrower/loans/{loan}", "lending.loan", "", "{loan} {loan}"},
		{"/me/loans('1')/book", "lending.book", "book", "1"},
		{"/me/home/street", "Edm.String", "street", ""},
		{"/me/home/street/$value", "Edm.String", "street $value", ""},
		{"/me/home/library", "library", "library", ""},
		{"/me/phones", "Edm.String*", "phones", ""},
		{"/me/phones/$count", "Edm.Int32", "phones $count", ""},
		{"/users/$count", "Edm.Int32", "$count", ""},
		{"/users/ada/$ref", "person", "$ref", "ada"},
		{"/me/warden/$ref", "person", "warden $ref", ""},
		{"/me/picture/$value", "Edm.Stream", "picture $value", ""},
		{"/scans/1/$value", "Edm.Stream", "$value", "1"},
		{"/scans/1/content", "Edm.Stream", "content", "1"},
		{"/me/mood", "mood", "mood", ""},
		{"/me/extension_0123_size", "", "", ""},
		// casts
		{"/me/microsoft.graph.librarian", "librarian", "", ""},
		{"/me/graph.librarian/keysHeld", "doorKey*", "keysHeld", ""},
		{"/users/graph.librarian", "librarian*", "", ""},
		{"/users/microsoft.graph.librarian('ada')/desk", "Edm.Int32", "desk", "ada"},
		{"/users/ada/graph.librarian/graph.person", "person", "", "ada"},
		{"/users/ada.lovelace", "person", "", "ada.lovelace"},
		{"/users/lending.loan", "person", "", "lending.loan"}, // no person
		// operations
		{"/me/greet", "", "greet()", ""},
		{"/me/graph.greet", "", "greet()", ""},
		{"/me/microsoft.graph.GREET", "", "greet()", ""},
		{"/users/dismissAll", "Edm.Int32", "dismissAll()", ""},
		{"/users/delta", "person*", "delta()", ""},
		{"/users/delta()", "person*", "delta()", ""},
		{"/users/delta(token='a/b')", "librarian*", "delta(token)", ""},
		{"/users/microsoft.graph.delta(token='a')/{librarian}/desk", "Edm.Int32", "desk", "{librarian}"},
		{"/me/favourite(since=2026-01-01)/book/title", "Edm.String", "title", ""},
		{"/me/favourite(since=@day)?@day=2026-01-01", "lending.loan", "favourite(since)", ""},
		{"/me/loans/1/lending.extend", "lending.loan", "extend(days)", "1"},
		{"/openNow", "library*", "openNow()", ""},
		{"/openNow(day='Monday')/{library}/opened", "Edm.Date", "opened", "{library}"},
		{"/closeAll", "", "closeAll()", ""},
		// items and sites by their paths
		{"/me/drive/root:/a/b (1).txt", "driveItem", "", ""},
		{"/me/drive/root:/a/b:/children", "driveItem*", "children", ""},
		{"/me/drive/root:/a(b:/children", "driveItem*", "children", ""},
		{"/me/drive/root:/{path}:/content", "Edm.Stream", "content", ""},
		{"/me/drive/root:/a:", "driveItem", "", ""},
		{"/me/drive/root:", "driveItem", "", ""},
		{"/me/drive/items/{item}:/{name}:/content", "Edm.Stream", "content", "{item}"},
		{"/me/drive/items('1'):/x:/name", "Edm.String", "name", "1"},
		{"/me/drive/special/approot:/x.txt:/content", "Edm.Stream", "content", "approot"},
		{"/me/drive/special/documents/children", "driveItem*", "children", "documents"},
		{"/sites/contoso.sharepoint.com:/sites/a:/drive/root", "driveItem", "root", "contoso.sharepoint.com"},
		{"/sites/contoso.sharepoint.com:/sites/a", "site", "", "contoso.sharepoint.com"},
		{"/sites/root/drive", "drive", "drive", "root"},
		{"/users/19:x@thread.v2/drive", "drive", "drive", "19:x@thread.v2"},
		{"/users/ends:/drive", "drive", "drive", "ends:"}, // no item
		{"/users/a(b/displayName", "Edm.String", "displayName", "a(b"},
		{"/$batch", "", "$batch", ""},
		{"/$metadata", "", "$metadata", ""},
	} {
		got, err := m.Resolve(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		kind := strings.TrimPrefix(got.Type, "microsoft.graph.")
		if got.Collection {
			kind += many
		}
		if last := lastOf(got); kind != test.kind || last != test.last || strings.Join(got.Keys, " ") != test.keys {
			t.Errorf("%s: got %s, %q, %q; want %s, %q, %q", test.path, kind, last, got.Keys, test.kind, test.last, test.keys)
		}
	}
}

// lastOf writes down what the last segment of a path is.
func lastOf(t schema.Target) string {
	var parts []string
	if t.Property != nil {
		parts = append(parts, t.Property.Name)
	}
	if o := t.Operation; o != nil {
		var names []string
		for _, p := range o.Parameters {
			if !o.Action || p.Name == "days" {
				names = append(names, p.Name)
			}
		}
		parts = append(parts, o.Name[strings.LastIndexByte(o.Name, '.')+1:]+"("+strings.Join(names, ",")+")")
	}
	if t.Service != "" {
		parts = append(parts, t.Service)
	}
	return strings.Join(parts, " ")
}

func TestResolveUnknown(t *testing.T) {
	t.Parallel()
	m := parse(t, every(t))
	for _, test := range []struct {
		path string
		want schema.UnknownSegmentError
		text string
	}{
		{"/user/1", schema.UnknownSegmentError{Segment: "user", Nearest: []string{"users"}}, `no path begins with "user"`},
		{"/zzzzzz", schema.UnknownSegmentError{Segment: "zzzzzz"}, `no path begins with "zzzzzz"`},
		{"/me('1')", schema.UnknownSegmentError{Segment: "me('1')", Nearest: []string{"me"}}, `no path begins with "me('1')"`},
		{"/me/loens/1", schema.UnknownSegmentError{Segment: "loens", Parent: "microsoft.graph.person", After: "/me", Nearest: []string{"loans"}},
			`/me is a microsoft.graph.person, which has no "loens"`},
		{"/v1.0/users/{user}/displayname2?x", schema.UnknownSegmentError{Segment: "displayname2", Parent: "microsoft.graph.person", After: "/users/{user}", Nearest: []string{"displayName"}},
			`/users/{user} is a microsoft.graph.person, which has no "displayname2"`},
		{"/me/gret", schema.UnknownSegmentError{Segment: "gret", Parent: "microsoft.graph.person", After: "/me", Nearest: []string{"greet"}},
			`/me is a microsoft.graph.person, which has no "gret"`},
		{"/me/keysHeld", schema.UnknownSegmentError{Segment: "keysHeld", Parent: "microsoft.graph.person", After: "/me"},
			`/me is a microsoft.graph.person, which has no "keysHeld"`}, // a librarian has
		{"/me/loans/1/lending.extnd", schema.UnknownSegmentError{Segment: "lending.extnd", Parent: "microsoft.graph.lending.loan", After: "/me/loans/1", Nearest: []string{"microsoft.graph.lending.extend"}},
			`/me/loans/1 is a microsoft.graph.lending.loan, which has no "lending.extnd"`},
		{"/me/loans/1/extend2", schema.UnknownSegmentError{Segment: "extend2", Parent: "microsoft.graph.lending.loan", After: "/me/loans/1", Nearest: []string{"microsoft.graph.lending.extend"}},
			`/me/loans/1 is a microsoft.graph.lending.loan, which has no "extend2"`},
		{"/me/formerHomes/street", schema.UnknownSegmentError{Segment: "street", Parent: "microsoft.graph.address", Collection: true, After: "/me/formerHomes"},
			`/me/formerHomes is a collection of microsoft.graph.address, which has no "street"`},
		{"/me/phones/1", schema.UnknownSegmentError{Segment: "1", Parent: "Edm.String", Collection: true, After: "/me/phones"},
			`/me/phones is a collection of Edm.String, which has no "1"`},
		{"/me/displayName/x", schema.UnknownSegmentError{Segment: "x", Parent: "Edm.String", After: "/me/displayName"},
			`/me/displayName is a Edm.String, which has no "x"`},
		{"/me/greet/x", schema.UnknownSegmentError{Segment: "x", After: "/me/greet"}, `nothing comes behind /me/greet, so there is no "x"`},
		{"/users/$count/x", schema.UnknownSegmentError{Segment: "x", Collection: true, After: "/users/$count"}, `nothing comes behind /users/$count, so there is no "x"`},
		{"/me/$count", schema.UnknownSegmentError{Segment: "$count", Parent: "microsoft.graph.person", After: "/me"}, `/me is a microsoft.graph.person, which has no "$count"`},
		{"/users/$value", schema.UnknownSegmentError{Segment: "$value", Parent: "microsoft.graph.person", Collection: true, After: "/users"}, `/users is a collection of microsoft.graph.person, which has no "$value"`},
		{"/me/$links", schema.UnknownSegmentError{Segment: "$links", Parent: "microsoft.graph.person", After: "/me"}, `/me is a microsoft.graph.person, which has no "$links"`},
		{"/me/lending.loan", schema.UnknownSegmentError{Segment: "lending.loan", Parent: "microsoft.graph.person", After: "/me", Nearest: []string{"loans"}}, `/me is a microsoft.graph.person, which has no "lending.loan"`},
		{"/me/content", schema.UnknownSegmentError{Segment: "content", Parent: "microsoft.graph.person", After: "/me"}, `/me is a microsoft.graph.person, which has no "content"`},
		{"/me/drive/root:/a:/childs", schema.UnknownSegmentError{Segment: "childs", Parent: "microsoft.graph.driveItem", After: "/me/drive/root:/a:", Nearest: []string{"children"}},
			`/me/drive/root:/a: is a microsoft.graph.driveItem, which has no "childs"`},
	} {
		got, err := m.Resolve(test.path)
		var unknown *schema.UnknownSegmentError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: got %+v, %v", test.path, got, err)
			continue
		}
		if diff := cmp.Diff(test.want, *unknown); diff != "" || err.Error() != test.text || unknown.Hint() == "" {
			t.Errorf("%s: %v %q %s", test.path, err, unknown.Hint(), diff)
		}
	}
	for _, path := range []string{strings.Repeat("a", 9<<10), "/me" + strings.Repeat("/warden", 300)} {
		if _, err := m.Resolve(path); err == nil || len(err.Error()) > 400 {
			t.Errorf("got %v", err)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"messages", "mailFolders", "message", "events", "calendarView", "microsoft.graph.security.runQuery", "messages", "é"}
	for word, want := range map[string][]string{
		"mesages":                {"messages", "message"},
		"MESSAGES":               {"messages", "message"},
		"mailfolder":             {"mailFolders"},
		"evnets":                 {"events"},
		"calendar":               {"calendarView"},
		"runquery":               {"microsoft.graph.security.runQuery"},
		"mailMessages":           {"messages", "message"},
		"xyz":                    nil,
		"":                       nil,
		"è":                      {"é"},
		strings.Repeat("m", 100): nil,
	} {
		if diff := cmp.Diff(want, schema.Nearest(word, names, 5)); diff != "" {
			t.Errorf("%s: %s", word, diff)
		}
	}
	if got := schema.Nearest("messages", names, 1); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
