package mail

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// msgNode is a stream, or a storage where it has kids.
type msgNode struct {
	name string
	data []byte
	kids []msgNode
}

const (
	msgFree = 0xffffffff
	msgEnd  = 0xfffffffe
)

// msgCompound is a compound file that is being written.
type msgCompound struct {
	directory, sectors, mini []byte
	fat, miniFat             []uint32
}

// msgFile writes a compound file; all streams are kept in whole sectors or in the stream of small ones, as their
// size asks for.
func msgFile(kids ...msgNode) []byte {
	var c msgCompound
	c.add(msgNode{name: "Root Entry", kids: kids}, msgFree)
	miniStart := c.store(append(c.mini, make([]byte, 512)...))
	binary.LittleEndian.PutUint32(c.directory[116:], miniStart)
	binary.LittleEndian.PutUint32(c.directory[120:], uint32(len(c.mini)))
	var table []byte
	for _, next := range append(c.miniFat, msgFree) {
		table = binary.LittleEndian.AppendUint32(table, next)
	}
	tableStart := c.store(table)
	directoryStart := c.store(c.directory)
	header := make([]byte, 512)
	copy(header, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	binary.LittleEndian.PutUint16(header[30:], 9)
	for at, value := range map[int]uint32{48: directoryStart, 56: 4096, 60: tableStart, 64: uint32(len(table)/512 + 1), 68: msgEnd} {
		binary.LittleEndian.PutUint32(header[at:], value)
	}
	tables := (len(c.fat) + 127) / 128
	for i := range tables {
		binary.LittleEndian.PutUint32(header[76+4*i:], uint32(len(c.fat)+i))
	}
	out := append(header, c.sectors...)
	for i := range tables * 128 {
		next := uint32(msgFree)
		if i < len(c.fat) {
			next = c.fat[i]
		}
		out = binary.LittleEndian.AppendUint32(out, next)
	}
	return out
}

// store writes whole sectors, and returns the first.
func (c *msgCompound) store(data []byte) uint32 {
	first := uint32(len(c.fat))
	for len(data) > 0 {
		sector := make([]byte, 512)
		data = data[copy(sector, data):]
		c.sectors = append(c.sectors, sector...)
		c.fat = append(c.fat, uint32(len(c.fat)+1))
	}
	c.fat[len(c.fat)-1] = msgEnd
	return first
}

// storeSmall writes blocks of the stream of small ones, and returns the first.
func (c *msgCompound) storeSmall(data []byte) uint32 {
	first := uint32(len(c.miniFat))
	for at := 0; at < len(data); at += 64 {
		block := make([]byte, 64)
		copy(block, data[at:])
		c.mini, c.miniFat = append(c.mini, block...), append(c.miniFat, uint32(len(c.miniFat)+1))
	}
	c.miniFat[len(c.miniFat)-1] = msgEnd
	return first
}

// add writes a node and its kids, and returns its place in the directory.
func (c *msgCompound) add(n msgNode, sibling uint32) uint32 {
	index := uint32(len(c.directory) / 128)
	c.directory = append(c.directory, make([]byte, 128)...)
	child, start := uint32(msgFree), uint32(msgEnd)
	for _, kid := range n.kids {
		child = c.add(kid, child)
	}
	if len(n.data) >= 4096 {
		start = c.store(n.data)
	} else if len(n.data) > 0 {
		start = c.storeSmall(n.data)
	}
	entry := c.directory[index*128:]
	units := utf16.Encode([]rune(n.name))
	for i, u := range units {
		binary.LittleEndian.PutUint16(entry[2*i:], u)
	}
	binary.LittleEndian.PutUint16(entry[64:], uint16(2*len(units)+2))
	if entry[66] = 2; n.data == nil {
		entry[66] = 1
	}
	for at, value := range map[int]uint32{68: msgFree, 72: sibling, 76: child, 116: start, 120: uint32(len(n.data))} {
		binary.LittleEndian.PutUint32(entry[at:], value)
	}
	return index
}

func msgText(tag uint32, text string) msgNode {
	var data []byte
	for _, u := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, u)
	}
	return msgNode{name: fmt.Sprintf("__substg1.0_%04X001F", tag), data: append(data, 0, 0)}
}

func msgBytes(tag uint32, kind string, data string) msgNode {
	return msgNode{name: fmt.Sprintf("__substg1.0_%04X%s", tag, kind), data: []byte(data)}
}

// msgFixed writes the properties of fixed length.
func msgFixed(header int, properties map[uint32]uint64) msgNode {
	data := make([]byte, header)
	for tag, value := range properties {
		data = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(data, uint64(tag)), value)
	}
	return msgNode{name: "__properties_version1.0", data: append(data, make([]byte, 16)...)}
}

func TestMSG(t *testing.T) {
	t.Parallel()
	inner := msgNode{name: "__substg1.0_3701000D", kids: []msgNode{msgText(msgSubject, "inner"), msgText(msgBody, "inner text"), msgFixed(24, nil)}}
	full := msgFile(msgText(msgSubject, "Grüße"), msgText(msgSenderName, "Ada"), msgText(msgSenderMail, "ada@a.example"),
		msgText(msgBody, "plain"), msgBytes(msgHTML, "0102", "<p>The <b>rich</b> "+strings.Repeat("long ", 1000)+"\xe4</p>"),
		msgFixed(32, map[uint32]uint64{msgSubmitted<<16 | 0x40: 134169912000000000, msgInternetPage<<16 | 3: 28591}),
		msgNode{name: "__recip_version1.0_#00000000", kids: []msgNode{msgText(msgName, "Bob"), msgText(msgSMTP, "bob@a.example"), msgFixed(8, map[uint32]uint64{msgRecipientType<<16 | 3: 1})}},
		msgNode{name: "__recip_version1.0_#00000001", kids: []msgNode{msgText(msgName, "Eve"), msgText(msgAddress, "/o=x/cn=eve"), msgFixed(8, map[uint32]uint64{msgRecipientType<<16 | 3: 2})}},
		msgNode{name: "__attach_version1.0_#00000000", kids: []msgNode{msgText(msgFileName, "plan.pdf"), msgText(msgMimeTag, "application/pdf"), msgBytes(msgData, "0102", strings.Repeat("x", 5000)), msgFixed(8, nil)}},
		msgNode{name: "__attach_version1.0_#00000001", kids: []msgNode{inner, msgFixed(8, nil)}},
	)
	want := "From: Ada <ada@a.example>\nTo: Bob <bob@a.example>\nCc: Eve\nDate: Tue, 3 Mar 2026 06:00:00 +0000\nSubject: Grüße\n\nThe **rich** " +
		strings.Repeat("long ", 1000) + "ä\n\nAttachments:\n- plan.pdf (application/pdf, 4 KiB)\n\n## Attached message 1\n\nSubject: inner\n\ninner text"
	got := body(t, reading.File{Data: full})
	if diff := cmp.Diff(want, got.Body); diff != "" || got.Format != "msg" || got.Sections != 2 {
		t.Errorf("%s, %d %s: %s", got.Format, got.Sections, got.SectionName, diff)
	}
	ansi := msgFile(msgBytes(msgSubject, "001E", "\xcf\xf0"), msgBytes(msgBody, "001E", "\xe8\xe2\x00"), msgFixed(32, map[uint32]uint64{msgCodePage<<16 | 3: 1251}))
	if got := body(t, reading.File{Data: ansi}).Body; got != "Subject: Пр\n\nив" {
		t.Errorf("code page: got %q", got)
	}
	// The example of MS-OXRTFCP, 3.1, without its check sum.
	rtf := "\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\x00\x00\x00\x00\x03\x00\x0a\x00rcpg125\x42\x32\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0"
	if got := body(t, reading.File{Data: msgFile(msgText(msgSubject, "s"), msgBytes(msgRTF, "0102", rtf), msgFixed(32, nil))}).Body; got != "Subject: s\n\nhello world" {
		t.Errorf("compressed RTF: got %q", got)
	}
}

func TestHostileMSG(t *testing.T) {
	t.Parallel()
	deep := msgNode{name: "__substg1.0_3701000D", kids: []msgNode{msgText(msgSubject, "deepest"), msgFixed(24, nil)}}
	for range 50 {
		deep = msgNode{name: "__substg1.0_3701000D", kids: []msgNode{msgFixed(24, nil), {name: "__attach_version1.0_#00000000", kids: []msgNode{deep}}}}
	}
	got := body(t, reading.File{Data: msgFile(msgText(msgSubject, "s"), msgFixed(32, nil), msgNode{name: "__attach_version1.0_#00000000", kids: []msgNode{deep}})})
	if strings.Contains(got.Body, "deepest") || len(got.Notes) != 1 {
		t.Errorf("got %q, %v", got.Body, got.Notes)
	}
	circle := msgFile(msgText(msgSubject, "s"), msgText(msgBody, strings.Repeat("x", 4096)), msgFixed(32, nil))
	binary.LittleEndian.PutUint32(circle[len(circle)-512:], 0) // the first sector is followed by itself
	if got := body(t, reading.File{Data: circle}); len(got.Body) > 5000 {
		t.Errorf("got %d bytes", len(got.Body))
	}
}
