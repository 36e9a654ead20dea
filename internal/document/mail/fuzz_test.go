package mail

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func FuzzEML(f *testing.F) {
	f.Add("Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/html; charset=utf-7\n\n<p>a\n--x\nContent-Transfer-Encoding: base64\n\nYQ=\n--x--")
	f.Add("Content-Type: text/plain; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\na =\n> b =3D \n-- \n")
	f.Add("Content-Type: multipart/mixed; boundary=\n\nContent-Type: message/rfc822\n\nBEGIN:VEVENT\nDTSTART:2026")
	f.Fuzz(func(t *testing.T, source string) {
		sound(t, reading.File{Name: "a.eml", Data: []byte(mailHead + source)})
	})
}

func FuzzMSG(f *testing.F) {
	f.Add(msgFile(msgText(msgSubject, "s"), msgBytes(msgHTML, "0102", strings.Repeat("<p>x", 2000)), msgFixed(32, map[uint32]uint64{msgCodePage<<16 | 3: 936}),
		msgNode{name: "__attach_version1.0_#00000000", kids: []msgNode{msgText(msgFileName, "a"), {name: "__substg1.0_3701000D", kids: []msgNode{msgFixed(24, nil)}}}}))
	f.Add(msgFile(msgBytes(msgRTF, "0102", "\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\x00\x00\x00\x00\x03\x00\x0a\x00rcpg"), msgFixed(32, nil)))
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, reading.File{Name: "a.msg", Data: data})
	})
}
