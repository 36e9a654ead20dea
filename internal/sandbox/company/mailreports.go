package company

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
)

// sendReports delivers what machines and routines send: weekly figures, tickets, alarms, notices.
func (o postOffice) sendReports() {
	o.sendFigures()
	o.sendAlarms()
	for _, p := range o.desks {
		o.sendTickets(p)
		o.sendNotices(p)
	}
}

// sendFigures is the table that the plant sends every Monday.
func (o postOffice) sendFigures() {
	names := o.nicknames()
	plant := o.staff[slices.IndexFunc(o.staff, func(p *person) bool { return p.title == "Plant Manager" })]
	for week := range 10 {
		monday := o.daysAgo(7*week+int(o.now.Weekday()+6)%7, 6, 30)
		if monday.After(o.now) {
			continue
		}
		throw := dice(fmt.Sprint("figures ", week))
		rows := "| Line | Planned | Built | Rejected |"
		for _, line := range []string{"Gdynia 1", "Gdynia 2", "Gdynia 3", "Osaka 1", "Osaka 2"} {
			planned := 12 + throw.IntN(9)
			rows += fmt.Sprintf("\n| %s | %d | %d | %d |", line, planned, planned-throw.IntN(4), throw.IntN(2))
		}
		_, number := monday.ISOWeek()
		o.deliver(mail{
			subject: fmt.Sprintf("Production figures, week %d", number), conversation: fmt.Sprint("figures ", week), from: plant.party(),
			to: parties(names, []string{"daisuke", "meera"}), cc: parties(names, []string{"ingrid", "juergen", "ana"}), sent: monday,
			body: o.templates.wrap(plant, styleOf(plant).write(blocks("Good morning,\n\n"+rows+"\n\nThe reasons for the rejects are in the usual workbook."))+o.signature(plant)),
		})
	}
}

// sendAlarms are the plain texts of moored buoys.
func (o postOffice) sendAlarms() {
	names, throw := o.nicknames(), dice("alarms")
	for i := range 28 {
		at := o.now.Add(-time.Duration(2+i*31+throw.IntN(17)) * time.Hour)
		buoy, code := 100+throw.IntN(6), pick(throw, []int{12, 12, 17, 23})
		meaning := map[int]string{12: "left its circle", 17: "hatch opened", 23: "battery below 20 percent"}[code]
		o.deliver(mail{
			subject: fmt.Sprintf("[PB4-%d] message %d: %s", buoy, code, meaning), conversation: fmt.Sprint("alarm ", i), text: true, folder: "Machines", other: true,
			from: party{"Buoy telemetry", "telemetry@" + Domain}, to: parties(names, []string{"huong", "seamus"}), sent: at,
			body: fmt.Sprintf("buoy      PB4-%d\r\nmessage   %d (%s)\r\ntime      %s\r\nposition  54.41%03dN 10.18%03dE\r\nbattery   %d.%d V\r\nwaves     Hs %d.%02d m, Tp %d.%d s\r\n\r\n-- \r\nSent by machine. Do not answer; call the person on duty: +49 431 5550112\r\n",
				buoy, code, meaning, stamp(at), throw.IntN(1000), throw.IntN(1000), 11+throw.IntN(3), throw.IntN(10), throw.IntN(4), throw.IntN(100), 3+throw.IntN(9), throw.IntN(10)),
		})
	}
}

// sendTickets are the service desk's notices about one person's requests.
func (o postOffice) sendTickets(p *person) {
	throw := dice("tickets " + p.id)
	for i := range 3 {
		number, sent := 40_000+throw.IntN(9000), inOffice(o.now.Add(-time.Duration(20+i*170+throw.IntN(60))*time.Hour))
		matter := pick(throw, []string{"VPN drops after an hour", "New monitor", "Access to the tenders site", "Printer prints in green", "Camera is upside down", "Mailbox is full"})
		state := [][]string{{"Field", "Value"}, {"Matter", matter}, {"State", pick(throw, []string{"Solved", "Waiting for you", "In work"})}, {"Agent", pick(throw, []string{"Kavya", "Róża", "Harish"})}}
		inner := o.templates.fill("ticket", "name", html.EscapeString(p.given), "number", fmt.Sprint(number), "counter", guid(fmt.Sprint(number))[:13],
			"rows", htmlRows(state, ` align="left" style="border-bottom:1px solid #ccc"`, ` style="border-bottom:1px solid #eee"`))
		o.deliver(mail{
			subject: fmt.Sprintf("SD-%d: %s", number, matter), conversation: fmt.Sprint("ticket ", p.upn, i), body: o.templates.web(inner), sent: sent,
			from: party{"Service Desk", "servicedesk@" + Domain}, to: []party{p.party()}, replyTo: []party{{"Service Desk", "ticket+" + fmt.Sprint(number) + "@desk." + Domain}},
		})
	}
}

// sendNotices are answers to invitations and shared documents.
func (o postOffice) sendNotices(p *person) {
	throw := dice("notices " + p.id)
	for i := range 5 {
		other := o.staff[throw.IntN(len(o.staff))]
		if other == p {
			continue
		}
		sent := inOffice(o.now.Add(-time.Duration(9+i*60+throw.IntN(30)) * time.Hour))
		m := mail{from: other.party(), to: []party{p.party()}, sent: sent, conversation: fmt.Sprint("notice ", p.upn, i), other: i%2 == 1}
		if i%2 == 0 {
			answer := pick(throw, []string{"Accepted|meetingAccepted", "Declined|meetingDeclined", "Tentative|meetingTenativelyAccepted"}) // spelled as Graph spells it
			word, kind, _ := strings.Cut(answer, "|")
			m.subject, m.meeting, m.body = word+": Weekly of "+p.department, kind, o.templates.web("<div></div>")
		} else {
			name := pick(throw, []string{"Audit plan.docx", "Price list 2026.xlsx", "Company overview.pptx", "Travel policy.docx"})
			m.subject, m.sender = other.given+` shared "`+name+`" with you`, party{"SharePoint Online", "no-reply@sharepoint-notices.example"}
			link := "https://" + OneDriveHost + "/:w:/g/personal/" + plainName(other.upn) + "?e=" + guid(p.id + name)[:6]
			m.body = o.templates.web(o.templates.fill("shared", "counter", guid(name + p.id)[:8], "name", html.EscapeString(other.display), "file", name, "link", link))
		}
		o.deliver(m)
	}
}
