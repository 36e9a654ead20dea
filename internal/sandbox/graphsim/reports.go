package graphsim

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// report is a usage report: its columns and a row for each user who has one
// (https://learn.microsoft.com/graph/api/resources/report). What the company does not know is made up from the user's
// number in the list, so that it stays the same.
type report struct {
	columns string
	row     func(c *call, u Entity, number int) []string
}

func reports() map[string]report {
	day := func(c *call, number int) string { return c.g.o.Now().AddDate(0, 0, -number%9-1).Format("2006-01-02") }
	return map[string]report{
		"getOffice365ActiveUserDetail": {"User Principal Name,Display Name,Is Deleted,Deleted Date,Has Exchange License,Has OneDrive License,Has SharePoint License,Has Teams License,Exchange Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,Teams Last Activity Date",
			func(c *call, u Entity, n int) []string {
				return []string{"False", "", "True", "True", "True", "True", day(c, n), day(c, n+1), day(c, n+2), day(c, n+3)}
			}},
		"getMailboxUsageDetail": {"User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Item Count,Storage Used (Byte),Issue Warning Quota (Byte),Prohibit Send Quota (Byte)",
			func(c *call, u Entity, n int) []string {
				return []string{"False", "", day(c, n), fmt.Sprint(900 + 37*n), fmt.Sprint(int64(n+1) * 73_400_320), "105226698752", "106300440576"}
			}},
		"getOneDriveUsageAccountDetail": {"Owner Principal Name,Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count,Storage Used (Byte),Storage Allocated (Byte)",
			func(c *call, u Entity, n int) []string {
				return []string{"False", day(c, n), fmt.Sprint(40 + 3*n), fmt.Sprint(n % 12), fmt.Sprint(int64(n+1) * 5_242_880), "1099511627776"}
			}},
		"getEmailActivityUserDetail": {"User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Send Count,Receive Count,Read Count",
			func(c *call, u Entity, n int) []string {
				return []string{"False", "", day(c, n), fmt.Sprint(n % 23), fmt.Sprint(10 + n%71), fmt.Sprint(8 + n%61)}
			}},
		"getTeamsUserActivityUserDetail": {"User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Team Chat Message Count,Private Chat Message Count,Call Count,Meeting Count",
			func(c *call, u Entity, n int) []string {
				return []string{"False", "", day(c, n), fmt.Sprint(n % 9), fmt.Sprint(n % 31), fmt.Sprint(n % 4), fmt.Sprint(n % 11)}
			}},
	}
}

func reportRoutes() []route {
	var all []route
	for name, r := range reports() {
		all = append(all, route{method: http.MethodGet, pattern: "reports/" + name, needs: "Reports.Read.All", area: service,
			serve: func(c *call) (*answer, error) { return c.redirectToReport(name, r) }})
	}
	return all
}

func isReport(word string) bool {
	for name := range reports() {
		if strings.EqualFold(name, word) {
			return true
		}
	}
	return false
}

// redirectToReport redirects to the file, which needs no token.
func (c *call) redirectToReport(name string, r report) (*answer, error) {
	function := c.path.segments[1]
	period := strings.ToUpper(function.argument("period"))
	if !slices.Contains([]string{"D7", "D30", "D90", "D180"}, period) && function.argument("date") == "" {
		return nil, &problem{status: http.StatusBadRequest, code: "BadRequest", message: "The report needs period='D7', 'D30', 'D90' or 'D180', or a date."}
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // as Microsoft's files begin
	w := csv.NewWriter(&b)
	_ = w.Write(append(append([]string{"Report Refresh Date"}, strings.Split(r.columns, ",")...), "Report Period")) // a buffer takes everything
	refreshed := c.g.o.Now().AddDate(0, 0, -2).Format("2006-01-02")
	for n, u := range c.g.o.Company.Users {
		if licences, _ := u["assignedLicenses"].([]any); len(licences) == 0 {
			continue
		}
		row := append([]string{refreshed, text(u, "userPrincipalName"), text(u, "displayName")}, r.row(c, u, n)...)
		_ = w.Write(append(row, strings.TrimPrefix(period, "D")))
	}
	w.Flush()
	if len(c.g.reports) >= maxReports {
		clear(c.g.reports) // nobody fetches them
	}
	id := newGUID()
	c.g.reports[id] = b.Bytes()
	url := "https://" + c.g.otherHost(c.request) + reportPath + c.g.ticket("report", id, name)
	return &answer{status: http.StatusFound, content: []byte{}, kind: "text/plain", header: http.Header{"Location": {url}}}, nil
}

// maxReports is how many reports wait for being fetched.
const maxReports = 32

// reportPath is that of reports at the download host.
const reportPath = "/_reports/"

// serveReport answers for the download host with a report, once. It tells whether the request was for one.
func (g *Graph) serveReport(w http.ResponseWriter, r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, reportPath)
	if !ok {
		return false
	}
	x := newExchange(r, g.o.Now())
	words, valid := g.readTicket(rest)
	if r.Header.Get("Authorization") != "" || !valid || len(words) != 3 || words[0] != "report" {
		refuseTicket(x, w, r)
		return true
	}
	g.mu.Lock()
	content, kept := g.reports[words[1]]
	delete(g.reports, words[1]) // or they would pile up
	g.mu.Unlock()
	if !kept {
		refuseTicket(x, w, r)
		return true
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+words[2]+`.csv"`)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content)
	return true
}
