package company

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// newsletter is a publisher whose mail is mostly markup.
type newsletter struct {
	name, address, colour string
	every, issues         int // days between issues, and how many
	articles              int
	readers               []string
}

func newsletters() []newsletter {
	return []newsletter{
		{"Ocean Technology Weekly", "editor@oceantech-weekly.example", "#0a5c7a", 7, 9, 14, strings.Fields("ingrid anais seamus ana zoe")},
		{"Précision & Métrologie", "lettre@precision-metrologie.example", "#7a1f3d", 14, 5, 9, strings.Fields("anais meera zoe")},
		{"Hafen Nachrichten", "redaktion@hafen-nachrichten.example", "#1f4d2b", 7, 6, 11, strings.Fields("juergen ingrid sebnem chiara")},
		{"Firmware Digest", "hello@firmware-digest.example", "#333366", 7, 8, 12, strings.Fields("seamus katarzyna huong daisuke")},
	}
}

// sendNewsletters delivers each issue to its readers. All copies share one body.
func (o postOffice) sendNewsletters() {
	names := o.nicknames()
	for _, n := range newsletters() {
		for issue := range n.issues {
			sent := o.now.Add(-time.Duration(n.every*24*issue+15+len(n.name)) * time.Hour)
			number := 400 - issue
			body := n.body(o.templates, number)
			for _, reader := range n.readers {
				o.deliver(mail{
					subject: fmt.Sprintf("%s #%d: %s", n.name, number, n.headline(number, 0)), conversation: fmt.Sprint("issue ", n.address, number, reader),
					from: party{n.name, n.address}, sender: party{n.name, "bounce+" + fmt.Sprint(number) + "@mailer.example"}, to: parties(names, []string{reader}),
					replyTo: []party{{n.name, "reply@" + strings.SplitN(n.address, "@", 2)[1]}}, sent: sent, body: body, folder: "Newsletters", other: true,
				})
			}
		}
	}
}

func (n newsletter) headline(issue, article int) string {
	throw := dice(fmt.Sprint(n.name, issue, " ", article))
	return pick(throw, []string{"Deep-sea cables", "Autonomous gliders", "A port without diesel", "Titanium prices", "New rules for modems", "Mussel farms", "The Arctic passage", "Wave energy", "Salt and semiconductors", "Old charts"}) + " " +
		pick(throw, []string{"under pressure", "on the rise", "once more", "explained", "in numbers", "after the storm", "seen from orbit", "and who pays for them", "at half the price", "in doubt"})
}

// sentences are what the articles consist of.
const sentences = `The consortium will publish its data under an open licence, a first in this field.
Nobody had expected the prototype to survive the first winter, and yet it did.
Prices rose by {n} percent within a quarter, according to the association.
In the harbour basin, {n} sensors now report every ten seconds.
The ministry has promised an answer by the summer.
Engineers point out that the seal, not the sensor, is what fails first.
A pilot with {n} stations starts next month.`

// body is what a mailing service makes of a dozen articles: nested tables, conditional comments, styles in
// every cell, links through a counter.
func (n newsletter) body(t templates, issue int) string {
	articles := make([]string, n.articles)
	for i := range articles {
		articles[i] = n.article(t, issue, i)
	}
	host := strings.SplitN(n.address, "@", 2)[1]
	return t.fill("newsletter", "name", html.EscapeString(n.name), "colour", n.colour, "issue", fmt.Sprint(issue), "headline", html.EscapeString(n.headline(issue, 0)),
		"padding", strings.Repeat("&#847;&zwnj;&nbsp;", 60), "articles", strings.Join(articles, ""), "host", host, "counter", guid(fmt.Sprint(host, issue)))
}

func (n newsletter) article(t templates, issue, i int) string {
	throw := dice(fmt.Sprint(n.address, issue, " ", i))
	title := html.EscapeString(n.headline(issue, i))
	link := fmt.Sprintf("https://click.mailer.example/c/%s/%s?utm_source=newsletter&amp;utm_medium=email&amp;utm_campaign=issue-%d&amp;utm_content=%d", guid(title), strings.ReplaceAll(guid(n.address), "-", ""), issue, i)
	var prose []string
	for range 4 + throw.IntN(4) {
		prose = append(prose, pick(throw, strings.Split(sentences, "\n")))
	}
	return t.fill("article", "link", link, "counter", guid(link), "colour", n.colour, "title", title,
		"prose", strings.ReplaceAll(strings.Join(prose, " "), "{n}", fmt.Sprint(3+throw.IntN(90))))
}
