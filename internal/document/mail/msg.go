package mail

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/charset"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/compound"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/html"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/office"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// The properties of MS-OXPROPS that are read: the number of each, without its type.
const (
	msgSubject       = 0x0037
	msgSenderName    = 0x0c1a
	msgSenderMail    = 0x5d01
	msgSenderAddress = 0x0c1f
	msgTo            = 0x0e04
	msgCc            = 0x0e03
	msgBody          = 0x1000
	msgHTML          = 0x1013
	msgRTF           = 0x1009
	msgSubmitted     = 0x0039
	msgDelivered     = 0x0e06
	msgName          = 0x3001
	msgSMTP          = 0x39fe
	msgAddress       = 0x3003
	msgRecipientType = 0x0c15
	msgFileName      = 0x3707
	msgShortName     = 0x3704
	msgMimeTag       = 0x370e
	msgData          = 0x3701
	msgCodePage      = 0x3ffd
	msgInternetPage  = 0x3fde
)

// msgObject is a message, a recipient or an attachment: its properties, and what stands within it.
type msgObject struct {
	streams  map[uint32]compound.Entry // by property and type
	fixed    map[uint32]uint64
	storages []compound.Entry
}

type msgReader struct {
	*mailReader
	store *compound.Store
}

// ReadMSG writes a message as Outlook saves it (MS-OXMSG).
func ReadMSG(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	work := min(l.Expanded, 64<<20+2*int64(len(f.Data)))
	m := &msgReader{&mailReader{ctx: ctx, l: l, out: l.Output()}, compound.Open(f.Data, int(work))}
	if m.store == nil {
		return nil, &reading.Error{Kind: reading.Broken, Format: "msg", Detail: "its directory cannot be read"}
	}
	found, err := m.message(m.store.Root(), 32, 0)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, &reading.Error{Kind: reading.Broken, Format: "msg", Detail: "it holds no message"}
	}
	t := m.out.Text("msg")
	t.Sections, t.SectionName = m.messages, "messages"
	m.note(t)
	return t, nil
}

// object reads the directory of a storage. The properties of fixed length stand behind a header, whose length
// depends on what the object is.
func (m *msgReader) object(e compound.Entry, header int) msgObject {
	o := msgObject{streams: map[uint32]compound.Entry{}, fixed: map[uint32]uint64{}}
	for _, child := range m.store.Children(e) {
		switch digits, ok := strings.CutPrefix(child.Name, "__substg1.0_"); {
		case ok && len(digits) >= 8:
			if tag, err := strconv.ParseUint(digits[:8], 16, 32); err == nil {
				o.streams[uint32(tag)] = child
			}
		case child.Name == "__properties_version1.0":
			data := m.store.Read(child)
			for at := header; at+16 <= len(data); at += 16 {
				o.fixed[binary.LittleEndian.Uint32(data[at:])] = binary.LittleEndian.Uint64(data[at+8:])
			}
		case child.Storage:
			o.storages = append(o.storages, child)
		}
	}
	slices.SortFunc(o.storages, func(a, b compound.Entry) int { return strings.Compare(a.Name, b.Name) })
	return o
}

// text gives a property as text, from Unicode or from the message's code page.
func (m *msgReader) text(o msgObject, property uint32, codePage string) string {
	if e, ok := o.streams[property<<16|0x1f]; ok {
		return strings.Trim(charset.DecodeAs(m.store.Read(e), "utf-16le"), "\x00")
	}
	if e, ok := o.streams[property<<16|0x1e]; ok {
		text, _, _ := charset.Decode(m.store.Read(e), codePage)
		return strings.Trim(text, "\x00")
	}
	return ""
}

func (m *msgReader) line(o msgObject, property uint32, codePage string) string {
	return strings.Join(strings.Fields(m.text(o, property, codePage)), " ")
}

// codePage names the code page of the texts that are not Unicode.
func (o msgObject) codePage(property uint32) string {
	switch page := o.fixed[property<<16|0x03]; page {
	case 0:
		return ""
	case 65001, 20127:
		return "utf-8"
	case 932:
		return "shift_jis"
	case 936:
		return "gbk"
	case 949:
		return "euc-kr"
	case 950:
		return "big5"
	case 20866:
		return "koi8-r"
	case 50220, 50221, 50222:
		return "iso-2022-jp"
	default:
		if page >= 28591 && page <= 28606 {
			return fmt.Sprintf("iso-8859-%d", page-28590)
		}
		return fmt.Sprintf("windows-%d", page)
	}
}

// message writes the message in a storage, and those attached to it.
func (m *msgReader) message(e compound.Entry, header, depth int) (found bool, err error) {
	if err := m.l.Check(m.ctx); err != nil {
		return false, err
	}
	o := m.object(e, header)
	if len(o.streams) == 0 && len(o.fixed) == 0 {
		return false, nil
	}
	m.messages++
	page := o.codePage(msgCodePage)
	m.out.Block(strings.Join(m.head(o, page, depth), "\n"))
	text, err := m.body(o, page)
	if err != nil {
		return false, err
	}
	m.out.Block(text)
	return true, m.attachments(o, page, depth)
}

// head gives the lines that a mail's header has.
func (m *msgReader) head(o msgObject, page string, depth int) (head []string) {
	if depth > 0 {
		head = append(head, fmt.Sprintf("## Attached message %d", m.messages-1), "")
	}
	add := func(name, value string) {
		if value != "" {
			head = append(head, name+": "+value)
		}
	}
	address := m.line(o, msgSenderMail, page)
	if address == "" {
		address = m.line(o, msgSenderAddress, page)
	}
	add("From", msgParty(m.line(o, msgSenderName, page), address))
	to, cc := m.recipients(o, page)
	if to == "" && cc == "" {
		to, cc = m.line(o, msgTo, page), m.line(o, msgCc, page)
	}
	add("To", to)
	add("Cc", cc)
	for _, property := range []uint32{msgSubmitted, msgDelivered} {
		if ticks := o.fixed[property<<16|0x40]; ticks > 0 && ticks < 1<<62 {
			// Tenths of microseconds since 1601.
			add("Date", time.Unix(int64(ticks/10_000_000)-11_644_473_600, 0).UTC().Format("Mon, 2 Jan 2006 15:04:05 -0700"))
			break
		}
	}
	add("Subject", m.line(o, msgSubject, page))
	return head
}

// msgParty writes a name and an address; the directory's own kind of address tells nobody anything.
func msgParty(name, address string) string {
	switch {
	case !strings.Contains(address, "@") || strings.EqualFold(name, address):
		return name
	case name == "":
		return address
	}
	return name + " <" + address + ">"
}

func (m *msgReader) recipients(o msgObject, page string) (to, cc string) {
	var lists [2][]string
	for _, storage := range o.storages {
		if !strings.HasPrefix(storage.Name, "__recip_version1.0_") {
			continue
		}
		r := m.object(storage, 8)
		address := m.line(r, msgSMTP, page)
		if address == "" {
			address = m.line(r, msgAddress, page)
		}
		party := msgParty(m.line(r, msgName, page), address)
		switch kind := r.fixed[msgRecipientType<<16|0x03] & 0xf; {
		case party == "" || kind > 2:
		case kind == 2:
			lists[1] = append(lists[1], party)
		default:
			lists[0] = append(lists[0], party)
		}
	}
	return strings.Join(lists[0], ", "), strings.Join(lists[1], ", ")
}

// body gives the message's text: HTML as Markdown, else plain, else what is in the compressed RTF.
func (m *msgReader) body(o msgObject, page string) (string, error) {
	source := ""
	if e, ok := o.streams[msgHTML<<16|0x102]; ok {
		data := m.store.Read(e)
		label := o.codePage(msgInternetPage)
		if label == "" {
			label = html.Charset(data)
		}
		source, _, _ = charset.Decode(data, label)
	} else {
		source = m.text(o, msgHTML, page)
	}
	if strings.TrimSpace(source) != "" {
		out := m.l.Output()
		read, err := html.Write(m.ctx, source, out)
		if err != nil {
			return "", err
		}
		m.veiled = m.veiled || read.Veiled
		if strings.TrimSpace(out.String()) != "" {
			return out.String(), nil
		}
	}
	if plain := strings.TrimSpace(strings.ReplaceAll(m.text(o, msgBody, page), "\r\n", "\n")); plain != "" {
		return plain, nil
	}
	e, ok := o.streams[msgRTF<<16|0x102]
	if !ok {
		return "", nil
	}
	t, err := office.ReadRTF(m.ctx, reading.File{Data: decompressRTF(m.store.Read(e))}, m.l)
	if err != nil {
		if m.ctx.Err() != nil {
			return "", err
		}
		m.notes = append(m.notes, "The text of a message is RTF that could not be read.")
		return "", nil
	}
	return t.Body, nil
}

// attachments lists what is attached, and writes the messages among it.
func (m *msgReader) attachments(o msgObject, page string, depth int) error {
	var list []string
	var inner []compound.Entry
	for _, storage := range o.storages {
		if !strings.HasPrefix(storage.Name, "__attach_version1.0_") {
			continue
		}
		a := m.object(storage, 8)
		if e, ok := a.streams[msgData<<16|0x0d]; ok && e.Storage {
			inner = append(inner, e)
			continue
		}
		name := m.line(a, msgFileName, page)
		if name == "" {
			name = m.line(a, msgShortName, page)
		}
		kind := m.line(a, msgMimeTag, page)
		if kind == "" {
			kind = "of unknown type"
		}
		list = append(list, fmt.Sprintf("%s (%s, %s)", orNone(name), kind, byteSize(a.streams[msgData<<16|0x102].Size)))
	}
	if len(list) > 0 {
		m.out.Block("Attachments:\n- " + strings.Join(list, "\n- "))
	}
	for _, e := range inner {
		if depth >= mailMaxDepth {
			m.notes = append(m.notes, "Attached messages were left out: they are nested too deep.")
			return nil
		}
		if _, err := m.message(e, 24, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// rtfDictionary is what the window of compressed RTF begins with (MS-OXRTFCP, 2.1.2.1).
const rtfDictionary = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

const rtfMaxExpanded = 16 << 20

// decompressRTF undoes MS-OXRTFCP; damaged data gives what came before the damage.
func decompressRTF(data []byte) []byte {
	if len(data) < 16 {
		return nil
	}
	size := int(min(binary.LittleEndian.Uint32(data[4:]), rtfMaxExpanded))
	kind := string(data[8:12])
	data = data[16:]
	if kind != "LZFu" {
		return data[:min(size, len(data))]
	}
	var window [4096]byte
	at := copy(window[:], rtfDictionary)
	var out []byte
	put := func(b byte) {
		out = append(out, b)
		window[at%4096] = b
		at++
	}
	for len(data) > 0 {
		control := data[0]
		data = data[1:]
		for bit := 0; bit < 8 && len(data) > 0 && len(out) < size; bit++ {
			if control>>bit&1 == 0 {
				put(data[0])
				data = data[1:]
				continue
			}
			if len(data) < 2 {
				return out
			}
			offset, length := int(data[0])<<4|int(data[1]>>4), int(data[1]&0xf)+2
			data = data[2:]
			if offset == at%4096 {
				return out // the end
			}
			for i := range length {
				put(window[(offset+i)%4096])
			}
		}
		if len(out) >= size {
			break
		}
	}
	return out
}
