package company

import (
	"fmt"
	"strings"
	"time"
)

// sendStrangers delivers mail from outside: customers, a travel agency, and junk.
func (o postOffice) sendStrangers() {
	names := o.nicknames()
	wit := party{"Dr. Hanneke de Wit", "h.dewit@zeemetingen.example"}
	for i, m := range []mail{
		{subject: "Order 4500071183", from: party{"Tiago Brandão", "tiago.brandao@portoazul.example"}, to: parties(names, []string{"ana", "sebnem"}), files: []string{"Offer 26-0417 Porto Azul.docx"}, text: true,
			body: "Prezada Ana, prezada Sebnem,\r\n\r\nsegue em anexo a proposta assinada. O pedido tem o número 4500071183.\r\nPor favor confirmem o prazo de entrega de 14 semanas.\r\n\r\nAtenciosamente\r\nTiago Brandão\r\nPorto Azul Serviços Portuários\r\n"},
		{subject: "Invoice 2026-3318", from: party{"Maren Holtkamp", "maren.holtkamp@kuestenforschung.example"}, to: parties(names, []string{"juergen"}), files: []string{"Invoice 2026-3318.pdf"},
			body: o.templates.web("<div>Guten Tag Herr Groß,</div><div><br></div><div>die angehängte Rechnung haben wir zweimal bekommen. Welche gilt?</div><div><br></div><div>Viele Grüße<br>Maren Holtkamp</div>")},
		{subject: "FW: loan of a Petrel", from: wit, to: parties(names, []string{"huong", "anais"}), forwarded: "Loan of a Petrel",
			body: o.templates.web("<div>Please see the question of our colleagues below, I forward it as it came.</div><div><br></div><div>Hanneke</div>")},
		{subject: "Design review Halcyon", from: party{"Anaïs Lefèvre-Marchand", ctoUPN}, to: parties(names, []string{"seamus", "meera"}), files: []string{"Design review.ics", "Halcyon specification.docx"}, important: true,
			body: o.templates.web("<div>As promised: the invitation as a file, since the calendar of the guests does not take ours, and revision D of the specification.</div>")},
		{subject: "Your data of cruise 118", from: party{"Prof. Íris Sigurðardóttir", "iris@hafstofnun.example"}, to: parties(names, []string{"anais"}), cc: []party{wit}, files: []string{"buoy positions.csv", "device-config.json", "Service report.pdf"},
			body: o.templates.web(`<p>Dear Ana&iuml;s,</p><p>three files as discussed. The positions are in the <i>German</i> notation, my assistant is from Kiel &#128578;</p><blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">&gt; could you send the positions, too?</blockquote><p>Kve&eth;ja<br>&Iacute;ris</p>`)},
		{subject: "Re: 해안 관측망 견적 문의", from: party{"김민준", "minjun.kim@donghae-ocean.example"}, to: parties(names, []string{"ana", "ingrid"}),
			body: o.templates.web("<p>안녕하세요,</p><p>15일 방문 일정을 확인했습니다. 다섯 명이 참석합니다.</p><p>We look forward to the tank.</p><p>김민준 드림</p>")},
	} {
		m.sent, m.conversation = inOffice(o.daysAgo(1+2*i, 9+i, 12)), "stranger "+m.subject
		o.deliver(m)
	}
	for _, p := range o.desks {
		o.sendTravel(p)
		o.sendJunk(p)
	}
}

// sendTravel is a booking in the HTML of a booking machine.
func (o postOffice) sendTravel(p *person) {
	throw := dice("travel " + p.id)
	code := fmt.Sprintf("%c%c%04d", 'A'+rune(throw.IntN(26)), 'A'+rune(throw.IntN(26)), throw.IntN(10000))
	day := o.daysAgo(-9-throw.IntN(20), 0, 0)
	trip := [][]string{
		{"Date", "From", "To", "Departure", "Seat"},
		{day.Format(time.DateOnly), p.office.city, "Kiel", "07:12", fmt.Sprintf("%dA", 3+throw.IntN(30))},
		{day.AddDate(0, 0, 2).Format(time.DateOnly), "Kiel", p.office.city, "17:40", fmt.Sprintf("%dF", 3+throw.IntN(30))},
	}
	o.deliver(mail{
		subject: "Booking " + code + " confirmed", conversation: "travel " + p.upn, from: party{"Northlight Travel", "booking@northlight-travel.example"}, to: []party{p.party()},
		sent: o.now.Add(-time.Duration(30+throw.IntN(200)) * time.Hour), categories: []string{"Travel"}, other: true,
		body: o.templates.web(o.templates.fill("travel", "code", code, "counter", guid(code)[:13], "rows", htmlRows(trip, ` bgcolor="#e0ecf4"`, ""))),
	})
}

func (o postOffice) sendJunk(p *person) {
	throw := dice("junk " + p.id)
	for i, junk := range []party{{"Parcel Centre", "info@parcel-centre-tracking.example"}, {"IT Administrator", "it-admin@merisand-support.example"}, {"Conference Invitations", "chair@global-everything-2026.example"}} {
		o.deliver(mail{
			subject: []string{"Your parcel is waiting", "URGENT: mailbox quota exceeded", "Dear eminent researcher"}[i], conversation: fmt.Sprint("junk ", p.upn, i), from: junk, to: []party{p.party()}, folder: "junkemail", other: true,
			sent: o.now.Add(-time.Duration(11+i*80+throw.IntN(50)) * time.Hour),
			body: o.templates.fill("junk", "host", strings.SplitN(junk.address, "@", 2)[1], "counter", guid(p.id)[:8], "noise", guid("hash "+p.id)),
		})
	}
}

// leaveDrafts are messages that were never sent.
func (o postOffice) leaveDrafts() {
	for _, p := range o.desks {
		for i, subject := range []string{"Proposal for the stand in Brest", ""} {
			m := mail{subject: subject, conversation: fmt.Sprint("draft ", p.upn, i), from: p.party(), sent: o.now.Add(-time.Duration(5+90*i) * time.Hour)}
			m.body, m.preview = o.templates.wrap(p, styleOf(p).open+"I wanted to"+styleOf(p).close), "I wanted to"
			if i == 0 {
				m.to = []party{o.desks[9].party()}
			}
			o.keep(o.boxes[p.upn], m, "drafts")
			box := o.Messages[p.id]
			box[len(box)-1]["isDraft"] = true
		}
	}
}
