package graphsim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

// FuzzRequest holds that whatever arrives is answered, and every refusal in Graph's shape.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][4]string{
		{"GET", "/v1.0/users", "$filter=startswith(displayName,'a')&$count=true&$top=3&$expand=manager($levels=max)", ""},
		{"GET", "/v1.0/users/" + company.AdminID + "/messages", `$search="from:a OR b"&$expand=attachments`, ""},
		{"GET", "/beta/users('x')/calendarView", "startDateTime=2026-01-01&endDateTime=2027-01-01", ""},
		{"PATCH", "/v1.0/users/" + company.AdminID, "", `{"employeeOrgData":{"division":1},"businessPhones":null}`},
		{"POST", "/v1.0/users/" + company.AdminID + "/sendMail", "", `{"message":{"subject":1,"toRecipients":[{"emailAddress":{"address":"a"}}],"body":{"content":"<"}}}`},
		{"POST", "/v1.0/users/" + company.AdminID + "/events", "", `{"start":{"dateTime":"2026-01-01T00:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-01-02T00:00:00"},"attendees":[1]}`},
		{"PUT", "/v1.0/users/" + company.AdminID + "/drive/root:/a/b:/content", "@microsoft.graph.conflictBehavior=rename", "x"},
		{"PATCH", "/v1.0/users/" + company.AdminID + "/drive/root:/Documents", "", `{"name":"x","parentReference":{"path":"/drive/root:/Pictures"}}`},
		{"POST", "/v1.0/users/" + company.AdminID + "/drive/root:/x:/createUploadSession", "", `{"item":{"name":"y"}}`},
		{"POST", "/v1.0/search/query", "", `{"requests":[{"entityTypes":["driveItem"],"query":{"queryString":"a OR b"},"region":"EUR","from":-1}]}`},
		{"POST", "/v1.0/$batch", "", `{"requests":[{"id":"1","method":"GET","url":"/users","dependsOn":["1"]}]}`},
		{"POST", "/v1.0/users/" + company.AdminID + "/findMeetingTimes", "", `{"attendees":[{"emailAddress":1}],"timeConstraint":{"timeSlots":[{"start":{"dateTime":"2026-01-01T00:00:00"},"end":{"dateTime":"9999-01-02T00:00:00"}}]}}`},
		{"POST", "/v1.0/users/" + company.AdminID + "/calendar/getSchedule", "", `{"schedules":[1],"startTime":{"dateTime":"2026-01-01T00:00:00"},"endTime":{"dateTime":"2026-01-02T00:00:00"}}`},
		{"PATCH", "/v1.0/users/" + company.AdminID + "/mailboxSettings", "", `{"automaticRepliesSetting":1,"workingHours":null}`},
		{"POST", "/v1.0/users/" + company.AdminID + "/assignLicense", "", `{"addLicenses":[1,{"skuId":2}],"removeLicenses":[]}`},
		{"POST", "/v1.0/users/" + company.AdminID + "/todo/lists", "$select=id", `{"displayName":1}`},
		{"GET", "/v1.0/reports/getMailboxUsageDetail(period='D7')", "", ""},
		{"GET", "/v1.0/$metadata", "$filter=x", ""},
		{"PATCH", "/v1.0/planner/tasks/x", "", `{}`},
		{"POST", "/v1.0/subscriptions", "", `{"changeType":"created","expirationDateTime":1}`},
		{"GET", "/v1.0/directory/deletedItems/graph.user", "$top=1", ""},
		{"GET", "/v1.0/sites/x:/y:/lists/z/items", "$expand=fields($select=a)", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	g := graphsim.New(graphsim.Options{Company: company.New(testNow()), Now: testNow, Authenticate: authenticate})
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := httptest.NewRequest(http.MethodGet, "https://graph.microsoft.com/", strings.NewReader(body))
		r.Method, r.URL = method, &url.URL{Path: path, RawQuery: query}
		r.Header.Set("Authorization", "Bearer "+appToken)
		r.Header.Set("ConsistencyLevel", "eventual")
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code < http.StatusBadRequest {
			return
		}
		var refusal struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil || refusal.Error.Code == "" || w.Code >= http.StatusInternalServerError && w.Code != http.StatusInsufficientStorage {
			t.Errorf("%s %s?%s: got %d %s, %v", method, path, query, w.Code, w.Body, err)
		}
	})
}
