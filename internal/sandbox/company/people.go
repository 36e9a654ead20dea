package company

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// person is one account, from which the Graph resource is written.
type person struct {
	id, given, family, display, upn string
	title, department               string
	office                          *office
	manager                         *person
	number                          int // employee number
	hired                           time.Time
	disabled                        bool
}

// department is filled with a head, leads of up to eight people, and those.
type department struct {
	name, under string // under: UPN of the board member whom the head reports to
	head, lead  string // job titles
	titles      []string
	size        int
	places      []string // office codes; the head sits in the first
	hasHead     bool     // the head is one of the named people
}

func departments() []department {
	return []department{
		{name: "Acoustics", under: ctoUPN, head: "Head of Acoustics", lead: "Lead Acoustics Engineer", size: 27, places: strings.Fields("KIE LYS TAO"), titles: []string{"Acoustics Engineer", "Senior Acoustics Engineer", "Signal Processing Engineer", "Transducer Designer"}},
		{name: "Optics", under: ctoUPN, head: "Head of Optics", lead: "Lead Optics Engineer", size: 18, places: strings.Fields("LYS KIX"), titles: []string{"Optics Engineer", "Senior Optics Engineer", "Calibration Scientist"}},
		{name: "Firmware", under: ctoUPN, head: "Head of Firmware", lead: "Lead Firmware Engineer", size: 26, places: strings.Fields("ORK BLR GDY"), titles: []string{"Firmware Engineer", "Senior Firmware Engineer", "Embedded Test Engineer"}},
		{name: "Mechanical Design", under: ctoUPN, head: "Head of Mechanical Design", lead: "Lead Mechanical Engineer", size: 19, places: strings.Fields("KIE GDY"), titles: []string{"Mechanical Engineer", "Pressure Housing Specialist", "CAD Designer"}},
		{name: "Research", under: ctoUPN, head: "Head of Research", lead: "Principal Scientist", size: 14, places: strings.Fields("TAO KIE PVD"), titles: []string{"Oceanographer", "Research Scientist", "Data Scientist"}},
		{name: "Production", under: cooUPN, head: "Plant Manager", lead: "Shift Supervisor", size: 41, places: strings.Fields("GDY KIX"), titles: []string{"Assembly Technician", "Potting Technician", "Pressure Test Operator", "Process Engineer"}},
		{name: "Quality", under: cooUPN, head: "Head of Quality", lead: "Quality Manager", size: 18, places: strings.Fields("BLR GDY KIE"), titles: []string{"Quality Engineer", "Calibration Technician", "Auditor"}, hasHead: true},
		{name: "Supply Chain", under: cooUPN, head: "Head of Supply Chain", lead: "Purchasing Lead", size: 14, places: strings.Fields("KIE KIX TAO"), titles: []string{"Buyer", "Logistics Planner", "Customs Specialist"}},
		{name: "Field Service", under: cooUPN, head: "Head of Field Service", lead: "Field Service Lead", size: 24, places: strings.Fields("PVD REC ADB KIX"), titles: []string{"Field Service Engineer", "Deployment Diver", "Service Coordinator"}, hasHead: true},
		{name: "Sales", under: ceoUPN, head: "Head of Sales", lead: "Regional Sales Manager", size: 29, places: strings.Fields("REC PVD KIE ADB LYS"), titles: []string{"Account Manager", "Sales Engineer", "Tender Specialist", "Inside Sales Representative"}, hasHead: true},
		{name: "Marketing", under: ceoUPN, head: "Head of Marketing", lead: "Marketing Manager", size: 9, places: strings.Fields("LYS PVD"), titles: []string{"Content Editor", "Event Manager", "Graphic Designer"}, hasHead: true},
		{name: "Finance", under: cfoUPN, head: "Head of Accounting", lead: "Controlling Lead", size: 15, places: strings.Fields("KIE GDY"), titles: []string{"Accountant", "Controller", "Payroll Specialist"}},
		{name: "People & Culture", under: cfoUPN, head: "Head of People", lead: "People Partner", size: 9, places: strings.Fields("PVD KIE"), titles: []string{"Recruiter", "People Partner", "Learning Coordinator"}, hasHead: true},
		{name: "IT", under: cfoUPN, head: "Head of IT", lead: "Infrastructure Lead", size: 13, places: strings.Fields("GDY BLR"), titles: []string{"System Administrator", "Service Desk Analyst", "Security Engineer", "Cloud Engineer"}, hasHead: true},
		{name: "Legal & Compliance", under: ceoUPN, head: "General Counsel", lead: "Senior Counsel", size: 6, places: strings.Fields("KIE PVD"), titles: []string{"Counsel", "Export Control Officer", "Paralegal"}},
	}
}

const (
	ceoUPN = CEOUPN
	ctoUPN = "anais.lefevre-marchand@" + Domain
	cfoUPN = "juergen.gross@" + Domain
	cooUPN = "daisuke.watanabe@" + Domain
)

// named are the people with a mailbox, a calendar and a OneDrive.
type named struct{ id, name, department, title, office, manager string }

func namedPeople() []named {
	return []named{
		{CEOID, "Ingrid|Söderström", "Executive Board", "Chief Executive Officer", "KIE", ""},
		{"", "Anaïs|Lefèvre-Marchand", "Executive Board", "Chief Technology Officer", "LYS", ceoUPN},
		{"", "Jürgen|Groß", "Executive Board", "Chief Financial Officer", "KIE", ceoUPN},
		{"", "大輔=Daisuke|渡辺=Watanabe", "Executive Board", "Chief Operating Officer", "KIX", ceoUPN},
		{AdminID, "Katarzyna|Zielińska", "IT", "Head of IT", "GDY", cfoUPN},
		{"", "Ana Luiza|de Albuquerque", "Sales", "Head of Sales", "REC", ceoUPN},
		{"", "Meera|Venkataraman", "Quality", "Head of Quality", "BLR", cooUPN},
		{"", "Thị Hương|Nguyễn", "Field Service", "Head of Field Service", "PVD", cooUPN},
		{"", "Chiara|D'Angelo", "People & Culture", "Head of People", "PVD", cfoUPN},
		{"", "Zoé|Béranger", "Marketing", "Head of Marketing", "LYS", ceoUPN},
		{MemberID, "Séamus|O'Shea", "Firmware", "Senior Firmware Engineer", "ORK", ""},
		{"", "Şebnem|Çelik-Yıldırım", "Sales", "Regional Sales Manager", "ADB", "analuiza.dealbuquerque@" + Domain},
	}
}

// roster hires people and knows the offices and the names taken.
type roster struct {
	*builder
	places  []office
	address *strings.Replacer
}

// employ makes the staff, the manager tree and the guests.
func (b *builder) employ() {
	r := roster{builder: b, places: offices(), address: transcriber()}
	for _, n := range namedPeople() {
		given, family, _ := strings.Cut(n.name, "|")
		p := r.hire(n.id, given, family, r.place(n.office))
		p.title, p.department, p.manager = n.title, n.department, b.byUPN[n.manager]
		b.desks = append(b.desks, p)
	}
	for _, d := range departments() {
		r.staffDepartment(d)
	}
	for i, p := range b.staff {
		p.disabled = i > 60 && i%23 == 0
		b.Users = append(b.Users, b.employee(p))
		if p.manager != nil {
			b.ManagerOf[p.id] = p.manager.id
		}
	}
	b.inviteGuests()
	b.addPersonal()
}

func (r roster) place(code string) *office {
	i := slices.IndexFunc(r.places, func(o office) bool { return o.code == code })
	return &r.places[i]
}

func (r roster) staffDepartment(d department) {
	throw := dice(d.name)
	member := func(title string, manager *person, at *office) *person {
		p := r.hire("", strings.ReplaceAll(pick(throw, at.given), "_", " "), strings.ReplaceAll(pick(throw, at.family), "_", " "), at)
		p.title, p.department, p.manager = title, d.name, manager
		return p
	}
	var head *person
	if d.hasHead {
		i := slices.IndexFunc(r.staff, func(p *person) bool { return p.title == d.head })
		head = r.staff[i]
	} else {
		head = member(d.head, r.byUPN[d.under], r.place(d.places[0]))
	}
	var leads []*person
	for i := range (d.size + 7) / 8 {
		leads = append(leads, member(d.lead, head, r.place(d.places[i%len(d.places)])))
	}
	for i := range d.size {
		member(pick(throw, d.titles), leads[i%len(leads)], leads[i%len(leads)].office)
	}
	if d.name == "Firmware" {
		r.byUPN[MemberUPN].manager = leads[0]
	}
}

// hire gives a person an address nobody has and a place on the staff.
func (r roster) hire(id, given, family string, at *office) *person {
	given, givenLatin := spellings(given)
	family, familyLatin := spellings(family)
	p := &person{id: id, given: given, family: family, office: at, number: 1001 + len(r.staff)}
	p.upn = r.freeUPN(r.address.Replace(strings.ToLower(givenLatin)) + "." + r.address.Replace(strings.ToLower(familyLatin)))
	p.display = given + " " + family
	if at.familyFirst {
		p.display = family + " " + given
	}
	if p.id == "" {
		p.id = guid("user " + p.upn)
	}
	throw := dice("hired " + p.upn)
	p.hired = r.daysAgo(40+throw.IntN(4200), 8, throw.IntN(60))
	r.staff = append(r.staff, p)
	r.byUPN[p.upn] = p
	return p
}

// freeUPN appends a number to the second and further people of one name.
func (r roster) freeUPN(local string) string {
	upn := local + "@" + Domain
	for n := 2; r.byUPN[upn] != nil; n++ {
		upn = fmt.Sprintf("%s%d@%s", local, n, Domain)
	}
	return upn
}

// spellings splits a name from its transcription, which is the name itself where none is given.
func spellings(name string) (own, latin string) {
	own, latin, found := strings.Cut(name, "=")
	if !found {
		return own, own
	}
	return own, latin
}
