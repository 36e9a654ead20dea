package company_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// moments are times at which a careless calendar breaks.
func moments() map[string]time.Time {
	return map[string]time.Time{
		"a Tuesday":       time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC),
		"Sunday midnight": time.Date(2027, 2, 28, 0, 0, 0, 0, time.UTC),
		"New Year":        time.Date(2027, 12, 31, 23, 59, 59, 999, time.FixedZone("west", -11*3600)),
		"leap day":        time.Date(2028, 2, 29, 12, 0, 0, 0, time.FixedZone("east", 14*3600)),
	}
}

func everywhen(t *testing.T, check func(t *testing.T, c *company.Company, now time.Time)) {
	t.Helper()
	t.Parallel()
	for name, now := range moments() {
		t.Run(name, func(t *testing.T) { check(t, company.New(now), now.UTC()) })
	}
}

func text(e company.Entity, property string) string {
	s, _ := e[property].(string)
	return s
}

func TestSameMomentSameCompany(t *testing.T) {
	t.Parallel()
	now := moments()["a Tuesday"]
	got, want := company.New(now.In(time.FixedZone("far", 9*3600))), company.New(now)
	g, w := reflect.ValueOf(got).Elem(), reflect.ValueOf(want).Elem()
	for i := range g.NumField() {
		if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
			t.Errorf("%s differ", g.Type().Field(i).Name)
		}
	}
}

func TestIdentitiesOutliveTheMoment(t *testing.T) {
	t.Parallel()
	now := moments()["a Tuesday"]
	ids := func(c *company.Company) []string {
		var all []string
		for _, e := range slices.Concat(c.Users, c.Groups, c.Applications, c.Sites, c.Drives, c.MailFolders[company.MemberID]) {
			all = append(all, text(e, "id"))
		}
		return all
	}
	if diff := cmp.Diff(ids(company.New(now)), ids(company.New(now.AddDate(0, 5, 3)))); diff != "" {
		t.Error(diff)
	}
}

func TestNamedIdentitiesExist(t *testing.T) {
	t.Parallel()
	c := company.New(moments()["a Tuesday"])
	for id, upn := range map[string]string{company.AdminID: company.AdminUPN, company.CEOID: company.CEOUPN, company.MemberID: company.MemberUPN} {
		i := slices.IndexFunc(c.Users, func(u company.Entity) bool { return u["id"] == id })
		if i < 0 || text(c.Users[i], "userPrincipalName") != upn {
			t.Errorf("%s with id %s is missing", upn, id)
		}
		if len(c.Messages[id]) == 0 || c.DriveOf[id] == "" || len(c.Events[id]) == 0 {
			t.Errorf("%s has no mail, events or OneDrive", upn)
		}
	}
	for _, client := range []string{company.ClientID, company.LimitedClientID, company.DisabledClientID} {
		i := slices.IndexFunc(c.ServicePrincipals, func(e company.Entity) bool { return e["appId"] == client })
		if i < 0 {
			t.Fatalf("app %s has no service principal", client)
		}
		if got, want := c.ServicePrincipals[i]["accountEnabled"], client != company.DisabledClientID; got != want {
			t.Errorf("app %s: accountEnabled = %v, want %v", client, got, want)
		}
	}
	if got, want := company.AppRoles(company.LimitedClientID), []string{"User.Read.All"}; !slices.Equal(got, want) {
		t.Errorf("roles of the limited app = %v, want %v", got, want)
	}
	if got := company.AppRoles("nobody"); got != nil {
		t.Errorf("roles of an unknown app = %v, want none", got)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	c := company.New(moments()["a Tuesday"])
	between := func(what string, got, low, high int) {
		t.Helper()
		if got < low || got > high {
			t.Errorf("%s: got %d, want %d to %d", what, got, low, high)
		}
	}
	between("users", len(c.Users), 250, 400)
	between("groups", len(c.Groups), 35, 50)
	between("mailboxes", len(c.Messages), 12, 12)
	between("drives", len(c.Drives), 16, 20)
	between("applications", len(c.Applications), 8, 8)
	for id, messages := range c.Messages {
		between("messages of "+id, len(messages), 40, 130)
	}
	for id, items := range c.Items {
		between("items of "+id, len(items), 5, 40)
	}
}

// ids gathers the ids of entities and reports those that are missing or occur twice.
func ids(t *testing.T, what string, groups ...[]company.Entity) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for _, e := range slices.Concat(groups...) {
		id := text(e, "id")
		if id == "" || seen[id] {
			t.Errorf("%s: id %q is empty or taken: %v", what, id, e["displayName"])
		}
		seen[id] = true
	}
	return seen
}

func TestDirectoryRefersToItself(t *testing.T) {
	t.Parallel()
	c := company.New(moments()["a Tuesday"])
	objects := ids(t, "directory", c.Users, c.Groups, c.DirectoryRoles, c.Applications, c.ServicePrincipals)
	ids(t, "domains", c.Domains)
	ids(t, "licences", c.SubscribedSkus)
	names := map[string]bool{}
	for _, u := range c.Users {
		upn := strings.ToLower(text(u, "userPrincipalName"))
		if names[upn] || !strings.Contains(upn, "@") || strings.ContainsFunc(upn, func(r rune) bool { return r > '~' || r <= ' ' }) {
			t.Errorf("user principal name %q is taken or malformed", upn)
		}
		names[upn] = true
	}
	for _, references := range []map[string][]string{c.Members, c.Owners} {
		for from, to := range references {
			if !objects[from] {
				t.Errorf("%s has members or owners and does not exist", from)
			}
			for i, id := range to {
				if !objects[id] || slices.Contains(to[:i], id) {
					t.Errorf("%s in %s does not exist or is there twice", id, from)
				}
			}
		}
	}
	for _, g := range c.Groups {
		if len(c.Members[text(g, "id")]) == 0 {
			t.Errorf("group %s is empty", g["displayName"])
		}
	}
}

func TestManagersLeadToTheTop(t *testing.T) {
	t.Parallel()
	c := company.New(moments()["a Tuesday"])
	depths := map[int]int{}
	for _, u := range c.Users {
		id := text(u, "id")
		if text(u, "userType") == "Guest" {
			if c.ManagerOf[id] != "" {
				t.Errorf("guest %s has a manager", u["displayName"])
			}
			continue
		}
		depth := 1
		for at := id; at != company.CEOID && depth < 10; depth++ {
			at = c.ManagerOf[at]
		}
		depths[depth]++
		if depth > 5 {
			t.Errorf("%s, %s, is %d levels deep or below nobody", u["displayName"], u["jobTitle"], depth)
		}
	}
	if depths[1] != 1 || len(depths) < 4 {
		t.Errorf("people by level = %v, want one at the top and at least four levels", depths)
	}
}

func TestMailboxesAreConsistent(t *testing.T) {
	everywhen(t, func(t *testing.T, c *company.Company, now time.Time) {
		all := map[string]bool{}
		for user, messages := range c.Messages {
			checkMailbox(t, c.MailFolders[user], messages, now)
			for id := range ids(t, "messages of "+user, messages) {
				all[id] = true
			}
			for _, m := range messages {
				files := slices.ContainsFunc(c.Attachments[text(m, "id")], func(a company.Entity) bool { return a["isInline"] == false })
				if m["hasAttachments"] != files {
					t.Errorf("%q: hasAttachments = %v, has %v", m["subject"], m["hasAttachments"], files)
				}
			}
		}
		for message, attachments := range c.Attachments {
			ids(t, "attachments", attachments)
			if !all[message] {
				t.Errorf("attachments of %s, which does not exist", message)
			}
		}
	})
}

func checkMailbox(t *testing.T, folders, messages []company.Entity, now time.Time) {
	t.Helper()
	known := ids(t, "folders", folders)
	if got := text(folders[0], "wellKnownName"); got != "msgfolderroot" {
		t.Errorf("first folder is %q, want the root", got)
	}
	total := map[string]int64{}
	newest := now.Format(time.RFC3339)
	for _, m := range messages {
		received := text(m, "receivedDateTime")
		if received > newest {
			t.Errorf("%q of %s is newer than what precedes it: %s", m["subject"], received, newest)
		}
		newest = received
		if !known[text(m, "parentFolderId")] {
			t.Errorf("%q lies in no folder", m["subject"])
		}
		total[text(m, "parentFolderId")]++
	}
	children := map[string]int64{}
	for _, f := range folders[1:] {
		if !known[text(f, "parentFolderId")] {
			t.Errorf("folder %q has no parent", f["displayName"])
		}
		children[text(f, "parentFolderId")]++
	}
	for _, f := range folders {
		id := text(f, "id")
		if f["totalItemCount"] != total[id] || f["childFolderCount"] != children[id] {
			t.Errorf("folder %q counts %v messages and %v folders, has %d and %d", f["displayName"], f["totalItemCount"], f["childFolderCount"], total[id], children[id])
		}
	}
}

func TestCalendarsAreConsistent(t *testing.T) {
	everywhen(t, func(t *testing.T, c *company.Company, now time.Time) {
		for user, events := range c.Events {
			calendars, masters := ids(t, "calendars", c.Calendars[user]), map[string]bool{}
			ids(t, "events of "+user, events)
			types := map[string]int{}
			for _, e := range events {
				kind := text(e, "type")
				types[kind]++
				masters[text(e, "id")] = kind == "seriesMaster"
				if !calendars[text(e, "calendarId")] {
					t.Errorf("%q lies in no calendar", e["subject"])
				}
				start, end := text(e["start"].(company.Entity), "dateTime"), text(e["end"].(company.Entity), "dateTime")
				if start >= end || e["isAllDay"] == true && !strings.HasSuffix(start, "T00:00:00.0000000") {
					t.Errorf("%q lasts from %s to %s", e["subject"], start, end)
				}
				if text(e, "createdDateTime") > now.Format(time.RFC3339) {
					t.Errorf("%q was made in the future", e["subject"])
				}
			}
			for _, e := range events {
				if master := text(e, "seriesMasterId"); (master != "") != (e["type"] == "occurrence" || e["type"] == "exception") || master != "" && !masters[master] {
					t.Errorf("%q, %s, has the master %q", e["subject"], e["type"], master)
				}
			}
			if len(types) != 4 {
				t.Errorf("events of %s by type = %v, want all four types", user, types)
			}
		}
	})
}

func TestDrivesAreConsistent(t *testing.T) {
	t.Parallel()
	c := company.New(moments()["a Tuesday"])
	drives := ids(t, "drives", c.Drives)
	for owner, drive := range c.DriveOf {
		if !drives[drive] {
			t.Errorf("the drive of %s does not exist", owner)
		}
	}
	for drive, items := range c.Items {
		if !drives[drive] {
			t.Errorf("items in drive %s, which does not exist", drive)
		}
		paths, children := map[string]string{}, map[string]int64{}
		for i, item := range items {
			e := item.Entity
			if (item.ParentID == "") != (i == 0) || i > 0 && paths[item.ParentID] == "" {
				t.Errorf("%q comes before its folder", e["name"])
			}
			if (item.Content == nil) != (e["folder"] != nil) || item.Content != nil && e["size"] != int64(len(item.Content)) {
				t.Errorf("%q has %d bytes, says %v", e["name"], len(item.Content), e["size"])
			}
			reference := e["parentReference"].(company.Entity)
			if i > 0 && reference["path"] != paths[item.ParentID] {
				t.Errorf("%q lies in %v, want %s", e["name"], reference["path"], paths[item.ParentID])
			}
			paths[text(e, "id")] = paths[item.ParentID] + "/" + text(e, "name")
			if i == 0 {
				paths[text(e, "id")] = "/drives/" + drive + "/root:"
			}
			children[item.ParentID]++
		}
		for _, item := range items {
			if folder, ok := item.Entity["folder"].(company.Entity); ok && folder["childCount"] != children[text(item.Entity, "id")] {
				t.Errorf("%q counts %v children, has %d", item.Entity["name"], folder["childCount"], children[text(item.Entity, "id")])
			}
		}
	}
}

func TestSitesAreConsistent(t *testing.T) {
	t.Parallel()
	c := company.New(moments()["a Tuesday"])
	rows := 0
	for id := range ids(t, "sites", c.Sites) {
		if parts := strings.Split(id, ","); len(parts) != 3 || parts[0] != company.SharePointHost {
			t.Errorf("site id %q, want host, site and web", id)
		}
		if c.DriveOf[id] == "" {
			t.Errorf("site %s has no library", id)
		}
		for list := range ids(t, "lists", c.Lists[id]) {
			ids(t, "items of "+list, c.ListItems[list])
			rows += len(c.ListItems[list])
		}
	}
	if rows < 15 {
		t.Errorf("%d list items, want at least 15", rows)
	}
	for id := range c.ResourceGroups {
		if got := c.Subscriptions[0]["subscriptionId"]; got != id {
			t.Errorf("resource groups of %s, the subscription is %v", id, got)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	now := moments()["a Tuesday"]
	b.ReportAllocs()
	for b.Loop() {
		company.New(now)
	}
}

func ExampleNew() {
	c := company.New(time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC))
	fmt.Println(c.Organization["displayName"], "is led by", c.Users[0]["displayName"])
	// Output: Merisand Instruments is led by Ingrid Söderström
}
