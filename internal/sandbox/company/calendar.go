package company

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// meeting is an appointment before it lies in calendars.
type meeting struct {
	subject, text string
	body, preview string // of text; schedule fills them in
	number        int    // tells the organizer's meetings of one subject apart
	organizer     *person
	attendees     []*person
	rooms         []string
	start         time.Time
	length        time.Duration
	days          int // whole days, instead of length
	weeks         int // interval of a weekly series; 0: once
	online        bool
	cancelled     bool
	private       bool
	showAs        string // "": busy
	categories    []string
}

// The calendars reach this far around now.
const (
	calendarPast   = 31 // days
	calendarFuture = 62
)

// addCalendars makes the calendars and puts the meetings of the company and of each person into them.
func (b *builder) addCalendars() {
	for _, p := range b.desks {
		b.Calendars[p.id] = []Entity{calendar(p, "Calendar", true), calendar(p, "Absences", false)}
	}
	for _, m := range slices.Concat(b.companyMeetings(), b.teamMeetings(), b.privateMeetings()) {
		b.schedule(m)
	}
	for _, p := range b.desks {
		slices.SortStableFunc(b.Events[p.id], func(x, y Entity) int {
			return strings.Compare(x["start"].(Entity)["dateTime"].(string), y["start"].(Entity)["dateTime"].(string))
		})
	}
}

func calendarID(p *person, name string) string {
	return outlookID(p.id, "calendar "+name, folderBytes)
}

func calendar(p *person, name string, isDefault bool) Entity {
	color := "lightGreen"
	if isDefault {
		color = "auto"
	}
	return Entity{
		"id": calendarID(p, name), "name": name, "color": color, "hexColor": "", "changeKey": changeKey(p.id + name), "isDefaultCalendar": isDefault, "isRemovable": !isDefault,
		"canShare": true, "canViewPrivateItems": true, "canEdit": true, "isTallyingResponses": isDefault, "owner": Entity{"name": p.display, "address": p.upn},
		"allowedOnlineMeetingProviders": list("teamsForBusiness"), "defaultOnlineMeetingProvider": "teamsForBusiness",
	}
}

// workday is the n-th day from now that is not on a weekend, at that time in UTC.
func (b *builder) workday(n, hour, minute int) time.Time {
	t := b.daysAgo(-n, hour, minute)
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

func (b *builder) companyMeetings() []meeting {
	n := b.nicknames()
	board := []*person{n["anais"], n["juergen"], n["daisuke"]}
	first := b.workday(-calendarPast, 0, 0)
	return []meeting{
		{subject: "Board meeting", organizer: n["ingrid"], attendees: board, start: first.Add(8 * time.Hour), length: 2 * time.Hour, weeks: 2, rooms: []string{"Kiel, room Förde"}, online: true, categories: []string{"Board"},
			text: "# Agenda\n\n- Figures of the month (Jürgen)\n- Deliveries (Daisuke)\n- Roadmap (Anaïs)\n- Any other business\n\nPlease send slides until the evening before."},
		{subject: "All hands", organizer: n["ingrid"], attendees: b.desks[1:], start: b.workday(9, 13, 0), length: time.Hour, online: true, text: "What happened this quarter, what comes next, and your questions. It is recorded for the colleagues in Osaka and Qingdao."},
		{subject: "Design review Halcyon", organizer: n["anais"], attendees: []*person{n["seamus"], n["meera"], n["daisuke"]}, start: b.workday(6, 9, 0), length: 2 * time.Hour, online: true, rooms: []string{"Kiel, room Förde"}, categories: []string{"Halcyon"},
			text: "Compass, groove, anchor release. Please read revision D of the specification before.\n\n| Time | Topic | Who |\n| 09:00 | Compass | Anaïs |\n| 09:40 | Connector plate | Meera |\n| 10:20 | Humidity | Séamus |"},
		{subject: "Customer visit Donghae Ocean", organizer: n["ana"], attendees: []*person{n["ingrid"], n["anais"], n["zoe"], n["huong"]}, start: b.workday(21, 8, 30), length: 8 * time.Hour, rooms: []string{"Kiel, reception"}, text: "See the mail for the plan of the day."},
		{subject: "Surveillance audit", organizer: n["meera"], attendees: []*person{n["daisuke"], n["huong"], n["katarzyna"], n["seamus"]}, start: b.workday(12, 0, 0), days: 2, showAs: "busy", rooms: []string{"Gdynia"}, text: "Both days, see the plan."},
		{subject: "Fair in Brest", organizer: n["zoe"], attendees: []*person{n["anais"], n["ana"], n["sebnem"]}, start: b.workday(33, 0, 0), days: 3, showAs: "workingElsewhere", rooms: []string{"Brest, hall 3, stand B12"}, text: "Set-up is on the day before, from noon."},
		{subject: "Offer Porto Azul", organizer: n["sebnem"], attendees: []*person{n["ana"], n["juergen"]}, start: b.workday(1, 12, 30), length: 30 * time.Minute, online: true, text: "Only the price of the mooring kit."},
		{subject: "Halcyon supplier call", organizer: n["daisuke"], attendees: []*person{n["meera"]}, start: b.workday(3, 7, 0), length: 45 * time.Minute, online: true, cancelled: true, text: "Moved to January."},
	}
}

// teamMeetings are each person's weekly with the team, talks with single colleagues, and calls that other
// people set up.
func (b *builder) teamMeetings() (all []meeting) {
	for i, p := range b.desks {
		team := b.around(p, 5)
		if p.department != "Executive Board" { // that one meets every other week
			all = append(all, meeting{
				subject: "Weekly of " + p.department, organizer: p, attendees: team, start: b.workday(-calendarPast+i%5, 8+i%4, 30), length: 45 * time.Minute, weeks: 1, online: true,
				text: "Round: what is done, what is next, what is stuck.",
			})
		}
		for j, colleague := range team[:3] {
			m := meeting{subject: p.given + " / " + colleague.given, number: j, organizer: p, attendees: []*person{colleague}, start: b.workday(-20+i+9*j, 11+j, 0), length: 30 * time.Minute, online: j == 1}
			if !m.online {
				m.rooms = []string{fmt.Sprintf("%s, %s/2.%02d", p.office.city, p.office.code, 4+i)}
			}
			all = append(all, m)
		}
		for j := range 4 {
			other := b.desks[(i+1+j*2)%len(b.desks)]
			all = append(all, meeting{
				subject: []string{"Budget questions", "Interview: firmware engineer", "Call with the insurer", "Lessons learned: Kittiwake 4.2"}[j], number: i, organizer: other, attendees: []*person{p},
				start: b.workday(-15+13*j+i, 13, 15*(i%4)), length: time.Duration(30+15*j) * time.Minute, online: true, showAs: []string{"", "tentative", "", ""}[j], text: "Material follows.",
			})
		}
	}
	return all
}

func (b *builder) privateMeetings() (all []meeting) {
	for i, p := range b.desks {
		all = append(all,
			meeting{subject: []string{"Dentist", "School play", "Notary", "Physiotherapy"}[i%4], organizer: p, start: b.workday(-6+2*i, 6, 30), length: time.Hour, private: true, showAs: "oof"},
			meeting{subject: "Focus time", organizer: p, start: b.workday(-7, 6, 0), length: 90 * time.Minute, weeks: 1, showAs: "busy", categories: []string{"Focus"}},
			meeting{subject: "Vacation", organizer: p, start: b.workday(28+i, 0, 0), days: 5, showAs: "oof", text: "In urgent cases: " + b.around(p, 1)[0].display},
		)
	}
	return all
}

// around are up to n active colleagues of a person's department.
func (b *builder) around(p *person, n int) (team []*person) {
	for _, other := range b.staff {
		if other != p && other.department == p.department && !other.disabled && len(team) < n {
			team = append(team, other)
		}
	}
	return team
}
