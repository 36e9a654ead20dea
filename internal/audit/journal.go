package audit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"time"
)

const journalSocket = "/run/systemd/journal/socket"

// journalID marks our entries for `journalctl MESSAGE_ID=`.
const journalID = "5c2f0b7e9d4146f0a3c8e1d96b7f2a40"

// journal is systemd's, told in its native protocol (systemd.io, "Native Journal Protocol"): a datagram for each entry.
type journal struct {
	socket string
	wait   time.Duration
}

func (j journal) write(records []record) error {
	conn, err := j.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, r := range records {
		if err := send(conn, j.wait, r.fields()); err != nil {
			return err
		}
	}
	return nil
}

func (j journal) dial() (net.Conn, error) {
	conn, err := net.DialTimeout("unixgram", j.socket, j.wait)
	if err != nil {
		return nil, unreachable(err)
	}
	return conn, nil
}

func (j journal) try() error { return called(j.dial()) }

// fields returns the entry as the journal wants it. Names of fields that begin with _ are the journal's own, and no
// value of ours can make one: each is written with its length.
func (r record) fields() []byte {
	var b bytes.Buffer
	field(&b, "MESSAGE", string(bytes.TrimSuffix(r.text, []byte("\n"))))
	field(&b, "MESSAGE_ID", journalID)
	field(&b, "PRIORITY", "6")
	field(&b, "SYSLOG_IDENTIFIER", program)
	for _, f := range []struct{ name, value string }{
		{"VERDICT", r.Verdict}, {"STAGE", r.Stage}, {"RULE", r.Rule}, {"CALL", r.Call}, {"REQUEST_ID", r.RequestID}, {"PRINCIPAL", r.Principal}, {"PROFILE", r.Profile},
		{"TENANT", r.Tenant}, {"ACCOUNT", r.Account}, {"TOOL", r.Tool}, {"API", r.API}, {"METHOD", r.Method}, {"PATH", r.Path}, {"CODE", r.Code},
	} {
		if f.value != "" {
			field(&b, "MCP_"+f.name, f.value)
		}
	}
	if r.Status != 0 {
		field(&b, "MCP_STATUS", strconv.Itoa(r.Status))
	}
	return b.Bytes()
}

func field(b *bytes.Buffer, name, value string) {
	fmt.Fprintf(b, "%s\n", name)
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(value))))
	b.WriteString(value + "\n")
}
