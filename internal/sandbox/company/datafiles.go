package company

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// sheets are the workbooks' contents.
func (s *store) sheets(name string) []sheet {
	switch name {
	case "Budget 2027 round 2.xlsx":
		return budget()
	case "Price list 2026.xlsx":
		return priceList()
	case "Calibration records.xlsx":
		return s.calibrationRecords()
	}
	return s.productionPlan()
}

func budget() []sheet {
	summary := sheet{name: "Summary", rows: [][]any{{"Department", "Round 1", "Round 2", "Change"}}}
	positions := sheet{name: "Positions", rows: [][]any{{"Department", "Wanted", "Granted"}}}
	throw, before, after := dice("budget"), 0.0, 0.0
	for i, d := range departments() {
		first := float64(d.size*61_000 + throw.IntN(90_000))
		second := first - float64(throw.IntN(12))*10_000
		before, after = before+first, after+second
		row := i + 2
		summary.rows = append(summary.rows, []any{d.name, first, second, formula{fmt.Sprintf("C%d-B%d", row, row), second - first}})
		positions.rows = append(positions.rows, []any{d.name, throw.IntN(3), throw.IntN(2)})
	}
	last := len(summary.rows)
	summary.rows = append(summary.rows, []any{"Total", formula{fmt.Sprintf("SUM(B2:B%d)", last), before}, formula{fmt.Sprintf("SUM(C2:C%d)", last), after}, formula{fmt.Sprintf("C%d-B%d", last+1, last+1), after - before}})
	return []sheet{summary, positions}
}

func priceList() []sheet {
	instruments := sheet{name: "Instruments", rows: [][]any{{"Article", "Name", "Price EUR", "Valid from"}}}
	spares := sheet{name: "Spare parts", rows: [][]any{{"Article", "Name", "Price EUR"}}}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, line := range []string{"HA-300 Halcyon|46900", "KW-9 Kittiwake|21400", "PB-4 Petrel|38200", "LT-20 Lantern|6950.5", "Mooring kit 80 m|18400", "Service tool|890"} {
		title, price, _ := strings.Cut(line, "|")
		var eur float64
		_, _ = fmt.Sscan(price, &eur)
		instruments.rows = append(instruments.rows, []any{1000 + i, title, eur, from})
	}
	throw := dice("spare parts")
	for i := range 240 {
		part := pick(throw, strings.Fields("O-ring Anode Connector Screw Window Battery Cap Gasket Cable Bracket"))
		spares.rows = append(spares.rows, []any{20000 + i, fmt.Sprintf("%s %d", part, 10+throw.IntN(900)), float64(throw.IntN(40_000)) / 100})
	}
	return []sheet{instruments, spares}
}

func (s *store) calibrationRecords() []sheet {
	records := sheet{name: "Records", rows: [][]any{{"Serial number", "Date", "Bath", "Residual S/m", "Passed"}}}
	throw, passed := dice("calibration"), 0
	for i := range 120 {
		residual, verdict := float64(throw.IntN(60))/100_000, "yes"
		if residual > 0.0005 {
			verdict = "no"
		} else {
			passed++
		}
		records.rows = append(records.rows, []any{fmt.Sprintf("9-%04d", 300+i), daysBefore(s.now, 400-3*i, 0, 0), 3 + throw.IntN(2), residual, verdict})
	}
	return []sheet{records, {name: "Overview", rows: [][]any{{"Figure", "Value"}, {"Passed", formula{`COUNTIF(Records!E2:E121,"yes")`, float64(passed)}}, {"Next audit", daysBefore(s.now, -11, 0, 0)}}}}
}

func (s *store) productionPlan() []sheet {
	plan := sheet{name: "Plan", rows: [][]any{{"Week from", "Product", "Pieces", "Line"}}}
	throw, total := dice("production"), 0
	for i := range 26 {
		pieces := 4 + throw.IntN(20)
		total += pieces
		plan.rows = append(plan.rows, []any{daysBefore(s.now, 7*(4-i), 0, 0), pick(throw, []string{"Halcyon", "Kittiwake", "Petrel", "Lantern"}), pieces, fmt.Sprintf("Gdynia %d", 1+throw.IntN(3))})
	}
	return []sheet{plan, {name: "Sum", rows: [][]any{{"Figure", "Value"}, {"Pieces", formula{"SUM(Plan!C2:C27)", float64(total)}}, {"Remark", nil}, {"Line 3", "stands still in week 4 & 5"}}}}
}

// dataFile is what machines write for machines.
func (s *store) dataFile(name string) []byte {
	switch name {
	case "lantern-trial.csv":
		return s.trialCSV()
	case "buoy positions.csv":
		return s.positionsCSV()
	case "device-config.json":
		return deviceConfig()
	case "Design review.ics":
		return s.reviewICS()
	case "Offset of the Kittiwakes.eml":
		return s.savedMail()
	}
	panic("no content for " + name) // a mistake in this package, which every test meets
}

func (s *store) trialCSV() []byte {
	var w strings.Builder
	throw := dice("lantern")
	w.WriteString("day,with_wiper_ntu,without_wiper_ntu,battery_percent\r\n")
	for day := range 42 {
		fmt.Fprintf(&w, "%s,%.2f,%.2f,%.1f\r\n", daysBefore(s.now, 60-day, 0, 0).Format(time.DateOnly), 3+throw.Float64(), 3+throw.Float64()+float64(max(0, day-12)*day)/9, 100-float64(day)/10.5)
	}
	return []byte(w.String())
}

// positionsCSV has what trips simple readers: a byte order mark, semicolons, decimal commas, quotes.
func (s *store) positionsCSV() []byte {
	var w strings.Builder
	throw := dice("positions")
	w.WriteString("\ufeffBoje;Zeit (UTC);Breite;Länge;Bemerkung\r\n")
	for i := range 96 {
		remark := ""
		if i%31 == 7 {
			remark = "\"Kreis verlassen;\r\n\"\"Alarm\"\" quittiert\""
		}
		fmt.Fprintf(&w, "PB4-%03d;%s;54,%05d;10,%05d;%s\r\n", 100+i%6, daysBefore(s.now, 2, i/4, i%4*15).Format("2006-01-02 15:04"), 41000+throw.IntN(900), 18000+throw.IntN(900), remark)
	}
	return []byte(w.String())
}

func deviceConfig() []byte {
	out, err := json.MarshalIndent(map[string]any{
		"instrument": map[string]any{"family": "Petrel", "serial": "PB4-103", "firmware": "4.2.1"},
		"sampling":   map[string]any{"interval_s": 1800, "burst_s": 1024, "rate_hz": 4},
		"alarms":     []any{map[string]any{"code": 12, "radius_m": 180}, map[string]any{"code": 23, "battery_percent": 20}},
		"modem":      nil, "position": []any{54.4112, 10.1833},
	}, "", "  ")
	if err != nil {
		panic(err) // a literal
	}
	return append(out, '\n')
}

func (s *store) reviewICS() []byte {
	const form = "20060102T150405Z"
	start := daysBefore(s.now, -20, 9, 0)
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//" + Name + "//EN", "METHOD:REQUEST", "BEGIN:VEVENT", "UID:" + guid("ics review") + "@" + Domain,
		"DTSTAMP:" + daysBefore(s.now, 2, 8, 0).Format(form), "DTSTART:" + start.Format(form), "DTEND:" + start.Add(2*time.Hour).Format(form), "SUMMARY:Design review Halcyon",
		"LOCATION:Kiel\\, room Förde", "ORGANIZER;CN=Anaïs Lefèvre-Marchand:mailto:" + ctoUPN, "ATTENDEE;CN=Séamus O'Shea;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:" + MemberUPN,
		"DESCRIPTION:Compass\\, groove\\, anchor release.\\nPlease read the specification", " before.", "END:VEVENT", "END:VCALENDAR", ""}
	return []byte(strings.Join(lines, "\r\n"))
}

// savedMail is a MIME message (RFC 2045) with a text, an HTML part and an attachment.
func (s *store) savedMail() []byte {
	const boundary = "=_merisand_1"
	attached := base64.StdEncoding.EncodeToString(deviceConfig())
	lines := []string{"From: =?utf-8?Q?S=C3=A9amus_O'Shea?= <" + MemberUPN + ">", "To: thihuong.nguyen@" + Domain, "Subject: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte("Offset of the Kittiwakes – factor")) + "?=",
		"Date: " + daysBefore(s.now, 8, 7, 20).Format(time.RFC1123Z), "Message-ID: <" + guid("saved mail") + "@" + Domain + ">", "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="` + boundary + `"`, "",
		"--" + boundary, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "The factor is 0.99912 =E2=80=93 apply it to the conductivity, not to the =", "salinity.", "",
		"--" + boundary, "Content-Type: text/html; charset=utf-8", "", "<p>The factor is <b>0.99912</b> – apply it to the conductivity, not to the salinity.</p>", "",
		"--" + boundary, `Content-Type: application/json; name="device-config.json"`, "Content-Transfer-Encoding: base64", `Content-Disposition: attachment; filename="device-config.json"`, ""}
	for len(attached) > 76 {
		lines, attached = append(lines, attached[:76]), attached[76:]
	}
	return []byte(strings.Join(append(lines, attached, "--"+boundary+"--", ""), "\r\n"))
}
