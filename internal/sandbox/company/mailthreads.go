package company

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
)

// turn is one message of a written conversation.
type turn struct {
	wait           int // days before now for the first, hours after the one before for the others
	from           string
	to, cc         []string
	files          []string
	important, ask bool
	photo          bool
	text           string
}

// thread is a conversation from texts/threads.txt.
type thread struct {
	subject string
	turns   []turn
}

// threads parses the conversations: "===" and a subject, then turns, each a line of who and when, an empty
// line, and what was written.
func threads(source string) (all []thread) {
	for part := range strings.SplitSeq(source, "=== ") {
		subject, rest, found := strings.Cut(part, "\n")
		if !found {
			continue
		}
		t := thread{subject: subject}
		for message := range strings.SplitSeq(rest, "\n+++ ") {
			head, body, _ := strings.Cut(message, "\n\n")
			t.turns = append(t.turns, parseTurn(strings.TrimPrefix(head, "start "), body))
		}
		all = append(all, t)
	}
	return all
}

func parseTurn(head, body string) turn {
	t := turn{text: body}
	for part := range strings.SplitSeq(head, ", ") {
		word, rest, _ := strings.Cut(part, " ")
		switch word {
		case "from":
			t.from = rest
		case "to":
			t.to = strings.Fields(rest)
		case "cc":
			t.cc = strings.Fields(rest)
		case "attach":
			t.files = append(t.files, rest)
		case "important":
			t.important = true
		case "receipt":
			t.ask = true
		case "photo":
			t.photo = true
		default:
			t.wait, _ = strconv.Atoi(word)
		}
	}
	return t
}

// deskNames are what the texts call the people with a desk, in the order of namedPeople.
const deskNames = "ingrid anais juergen daisuke katarzyna ana meera huong chiara zoe seamus sebnem"

// nicknames are the people of the conversations.
func (b *builder) nicknames() map[string]*person {
	names := map[string]*person{}
	for i, name := range strings.Fields(deskNames) {
		names[name] = b.desks[i]
	}
	return names
}

// sendThreads delivers the written conversations, each answer with all before it quoted below.
func (o postOffice) sendThreads() {
	names := o.nicknames()
	for _, t := range threads(text("threads.txt")) {
		var before mail
		var inner string
		for i, turn := range t.turns {
			writer := names[turn.from]
			m := mail{
				subject: t.subject, conversation: "thread " + t.subject, reply: i, from: writer.party(), to: parties(names, turn.to), cc: parties(names, turn.cc),
				files: turn.files, important: turn.important, receipt: turn.ask, sent: inOffice(o.daysAgo(turn.wait, 8, 7+len(t.subject))),
			}
			written := styleOf(writer).write(blocks(turn.text)) + o.signature(writer)
			if i > 0 {
				m.subject, m.sent = "Re: "+t.subject, before.sent.Add(time.Duration(turn.wait)*time.Hour)
				written += o.quoted(before, inner)
			}
			if turn.photo {
				m.photo = "salad.jpg"
				written = `<div><img src="cid:` + photoID(m.photo) + `" width="240" height="160" style="max-width:100%" alt="Two sensors, one of them overgrown"></div>` + "\r\n" + written
			}
			if m.sent.After(o.now) {
				break // the answer is still to come
			}
			m.body = o.templates.wrap(writer, written)
			if strings.HasPrefix(t.subject, "Halcyon") {
				m.categories = []string{"Halcyon"}
			}
			o.deliver(m)
			before, inner = m, written
		}
	}
}

func parties(names map[string]*person, keys []string) (all []party) {
	for _, key := range keys {
		all = append(all, names[key].party())
	}
	return all
}

// sendNotes delivers the small talk of an office: each desk gets notes from people around it, and answers
// some of them.
func (o postOffice) sendNotes() {
	notes := strings.Split(strings.TrimSpace(text("notes.txt")), "\n")
	for _, owner := range o.desks {
		throw := dice("notes " + owner.id)
		around := slices.DeleteFunc(slices.Clone(o.staff), func(p *person) bool {
			return p == owner || p.disabled || p.department != owner.department && p.office.code != owner.office.code
		})
		for i, n := range throw.Perm(len(notes))[:14+throw.IntN(11)] {
			writer := pick(throw, around)
			sent := inOffice(o.now.Add(-time.Duration(3+i*29+throw.IntN(20)) * time.Hour))
			o.sendNote(owner, writer, strings.ReplaceAll(notes[n], "{colleague}", pick(throw, around).display), sent)
		}
	}
}

func (o postOffice) sendNote(owner, writer *person, note string, sent time.Time) {
	subject, rest, _ := strings.Cut(note, " | ")
	question, answer, _ := strings.Cut(rest, " |")
	question = strings.ReplaceAll(question, "{you}", owner.given)
	conversation := "note " + owner.upn + subject
	m := mail{subject: subject, conversation: conversation, from: writer.party(), to: []party{owner.party()}, sent: sent}
	inner := styleOf(writer).write(blocks(question)) + o.signature(writer)
	m.body = o.templates.wrap(writer, inner)
	o.deliver(m)
	reply := mail{subject: "Re: " + subject, conversation: conversation, reply: 1, from: owner.party(), to: []party{writer.party()}, sent: sent.Add(50 * time.Minute)}
	if answer == "" || reply.sent.After(o.now) {
		return
	}
	s := styleOf(owner)
	reply.body = o.templates.wrap(owner, s.open+html.EscapeString(strings.TrimSpace(answer))+s.close+o.signature(owner)+o.quoted(m, inner))
	o.deliver(reply)
}
