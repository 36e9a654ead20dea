package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

const mailHead = "From: =?utf-8?q?J=C3=BCrgen?= <j@a.example>\r\nTo: a@b.c,\r\n b@b.c\r\nDate: Tue, 3 Mar 2026 09:00:00 +0100\r\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n =?iso-8859-1?Q?_aus_Kiel?=\r\nMIME-Version: 1.0\r\n"

const mailHeadText = "From: Jürgen <j@a.example>\nTo: a@b.c, b@b.c\nDate: Tue, 3 Mar 2026 09:00:00 +0100\nSubject: Grüße aus Kiel\n\n"

func TestEML(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ source, want string }{
		"plain":            {"\r\nHello\r\nworld", "Hello\nworld"},
		"quoted-printable": {"Content-Type: text/plain; charset=iso-8859-15\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n10 =A4 =\r\nmore =ZZ =\r\n", "10 € more =ZZ"},
		"base64":           {"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+Zm\r\n9v!PC9iPg==", "**foo**"},
		"flowed":           {"Content-Type: text/plain; format=flowed\r\n\r\na \r\nb\r\n> q \r\n> r\r\n-- \r\nme", "a b\n> q r\n-- \nme"},
		"alternative": {"Content-Type: multipart/alternative; boundary=x\r\n\r\npreamble\r\n--x\r\n\r\nplain\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>The rich form of the text, with a <a href=http://a.example/>link</a>.</p>\r\n--x--\r\nepilogue",
			"The rich form of the text, with a [link](http://a.example/)."},
		"alternative whose HTML is a picture": {"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nplain text\r\n--x\r\nContent-Type: text/html\r\n\r\n<img src=cid:a>\r\n--x--", "plain text"},
		"attachments": {"Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\n--x y\r\n\r\ntext\r\n--x y\r\nContent-Type: application/pdf; name=\"=?utf-8?q?=C3=A4.pdf?=\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\nAAAA\r\nAAAA\r\n--x y\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''%C3%B6.txt\r\n\r\nnot shown",
			"text\n\nAttachments:\n- ä.pdf (application/pdf, 6 bytes)\n- ö.txt (text/plain, 9 bytes)"},
		"a message in it": {"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsee below\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text\r\n--x--", "see below\n\n## Attached message 1\n\nSubject: inner\n\ninner text"},
		"an invitation": {"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Plan\\, and\r\n  act\r\nDTSTART;TZID=Europe/Berlin:20260303T090000\r\nDTEND:20260303T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR",
			"Calendar: request\nEvent: Plan, and act\nStarts: 2026-03-03 09:00 Europe/Berlin\nEnds: 2026-03-03 10:00 UTC"},
		"a text with a name": {"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; name=body.txt\r\nContent-Disposition: inline\r\n\r\nshown\r\n--x\r\nContent-Type: text/plain; name=notes.txt\r\n\r\nnot shown\r\n--x--",
			"shown\n\nAttachments:\n- notes.txt (text/plain, 9 bytes)"},
		"a message before an attachment": {"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nouter\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text\r\n--x\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nabc\r\n--x--",
			"outer\n\nAttachments:\n- a.pdf (application/pdf, 3 bytes)\n\n## Attached message 1\n\nSubject: inner\n\ninner text"},
		"names in an invitation": {"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nORGANIZER;CN=\"Doe: Jane; Dr\":mailto:jane@a.example\r\nATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:MAILTO:bob@a.example\r\nATTENDEE:mailto:c@a.example\r\nDESCRIPTION:First\\nsecond: yes\r\nBEGIN:VALARM\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nLOCATION:Kiel\r\nEND:VEVENT",
			"Organizer: Doe: Jane; Dr <jane@a.example>\nLocation: Kiel\nAttendees: Bob <bob@a.example>, c@a.example\nDescription: First\nsecond: yes"},
		"an invitation beside its text": {"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nCome, please.\r\n--x\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nDESCRIPTION:Come\\, please.\r\nSUMMARY:S\r\nEND:VEVENT\r\n--x--",
			"Come, please.\n\nEvent: S"},
		"bad lines": {"no colon here\r\nContent-Type: text/plain; charset=\"utf-8\r\n\r\ntext", "text"},
	} {
		got := body(t, reading.File{Name: "a.eml", Data: []byte(mailHead + row.source)})
		if diff := cmp.Diff(mailHeadText+row.want, got.Body); diff != "" || got.Format != "eml" || got.SectionName != "messages" {
			t.Errorf("%s (%s, %s): %s", name, got.Format, got.SectionName, diff)
		}
	}
}

func TestEMLIsBounded(t *testing.T) {
	t.Parallel()
	nested := mailHead
	for range 100 {
		nested += "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n"
	}
	many := mailHead + "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat("--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n", 10_000)
	for name, source := range map[string]string{"nested": nested + "\r\ndeep", "many": many + strings.Repeat("--x\r\n\r\na\r\n", 10_000)} {
		got := body(t, reading.File{Name: "a.eml", Data: []byte(source)})
		if len(got.Body) > 100_000 || name == "nested" && (len(got.Notes) == 0 || strings.Contains(got.Body, "deep")) {
			t.Errorf("%s: got %d bytes, %v", name, len(got.Body), got.Notes)
		}
	}
	secret := body(t, reading.File{Name: "a.eml", Data: []byte(mailHead + "Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\n\r\nv1\r\n--x--")})
	if len(secret.Notes) != 1 || !strings.Contains(secret.Notes[0], "encrypted") {
		t.Errorf("got notes %q", secret.Notes)
	}
}
