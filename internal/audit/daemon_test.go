package audit

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// hostile is what a caller might put into a name to forge a field or an entry.
const hostile = "a\nMCP_VERDICT=allowed\n<86>x\x1b[31m\x00"

// listen opens a daemon's socket and returns its path.
func listen(t *testing.T, network string) (path string, datagrams net.PacketConn, streams net.Listener) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no such socket")
	}
	dir, err := os.MkdirTemp("", "audit") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path = filepath.Join(dir, "log")
	if network == "unix" {
		streams, err = net.Listen(network, path)
		if err == nil {
			t.Cleanup(func() { _ = streams.Close() })
		}
	} else {
		datagrams, err = net.ListenPacket(network, path)
		if err == nil {
			t.Cleanup(func() { _ = datagrams.Close() })
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, datagrams, streams
}

func receive(t *testing.T, conn net.PacketConn) []byte {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1<<20)
	n, _, err := conn.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return buffer[:n]
}

func to(s sink) *Log { return &Log{to: s, fault: slog.New(slog.DiscardHandler), now: time.Now} }

// parseSyslog returns the line of a message.
func parseSyslog(t *testing.T, message []byte) map[string]any {
	t.Helper()
	parts := regexp.MustCompile(`^<86>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d microsoft-mcp-server\[\d+\]: (\{.*\})\n$`).FindSubmatch(message)
	if parts == nil {
		t.Fatalf("got %q", message)
	}
	var line map[string]any
	if err := json.Unmarshal(parts[1], &line); err != nil {
		t.Fatal(err)
	}
	return line
}

func TestSyslog(t *testing.T) {
	t.Parallel()
	path, daemon, _ := listen(t, "unixgram")
	log := to(syslog{sockets: []string{path + ".missing", path}, wait: time.Minute})
	if err := log.Record(policy.Entry{Call: "1", Path: hostile}, policy.Entry{Call: "2"}); err != nil {
		t.Fatal(err)
	}
	first, second := parseSyslog(t, receive(t, daemon)), parseSyslog(t, receive(t, daemon))
	if first["call"] != "1" || first["path"] != hostile || second["call"] != "2" {
		t.Errorf("got %v, %v", first, second)
	}
}

func TestSyslogStream(t *testing.T) {
	t.Parallel()
	path, _, daemon := listen(t, "unix")
	got := make(chan []byte, 1)
	go func() {
		conn, err := daemon.Accept()
		if err != nil {
			return
		}
		var text bytes.Buffer
		_, _ = text.ReadFrom(conn)
		got <- text.Bytes()
	}()
	if err := to(syslog{sockets: []string{path}, wait: time.Minute}).Record(policy.Entry{Call: "1"}, policy.Entry{Call: "2"}); err != nil {
		t.Fatal(err)
	}
	messages := bytes.SplitAfter(<-got, []byte("\n"))
	if len(messages) != 3 || parseSyslog(t, messages[0])["call"] != "1" || parseSyslog(t, messages[1])["call"] != "2" {
		t.Errorf("got %q", messages)
	}
}

// parseJournal reads the native protocol as the journal does.
func parseJournal(t *testing.T, message []byte) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for len(message) > 0 {
		name, rest, _ := bytes.Cut(message, []byte("\n"))
		value := ""
		if key, plain, ok := bytes.Cut(name, []byte("=")); ok {
			name, value = key, string(plain)
		} else {
			n := int(binary.LittleEndian.Uint64(rest))
			value, rest = string(rest[8:8+n]), rest[8+n+1:]
		}
		if _, twice := fields[string(name)]; twice || !regexp.MustCompile(`^[A-Z][A-Z_]*$`).Match(name) {
			t.Fatalf("the field %q is twice there, or none", name)
		}
		fields[string(name)], message = value, rest
	}
	return fields
}

func TestJournal(t *testing.T) {
	t.Parallel()
	path, daemon, _ := listen(t, "unixgram")
	entry := policy.Entry{Verdict: policy.Denied, Principal: hostile, Profile: "fabrikam", Tenant: "t", Account: "ada@contoso.com", Tool: "microsoft_graph", Call: "1", RequestID: "r-1", Status: 403}
	if err := to(journal{socket: path, wait: time.Minute}).Record(entry); err != nil {
		t.Fatal(err)
	}
	got := parseJournal(t, receive(t, daemon))
	var line map[string]any
	if err := json.Unmarshal([]byte(got["MESSAGE"]), &line); err != nil || line["principal"] != hostile || line["msg"] != "audit" {
		t.Errorf("got %q, %v", got["MESSAGE"], err)
	}
	delete(got, "MESSAGE")
	want := map[string]string{"MESSAGE_ID": journalID, "PRIORITY": "6", "SYSLOG_IDENTIFIER": "microsoft-mcp-server",
		"MCP_VERDICT": "denied", "MCP_PRINCIPAL": hostile, "MCP_PROFILE": "fabrikam", "MCP_TENANT": "t", "MCP_ACCOUNT": "ada@contoso.com",
		"MCP_TOOL": "microsoft_graph", "MCP_CALL": "1", "MCP_REQUEST_ID": "r-1", "MCP_STATUS": "403"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A daemon that is not there is a fault, not silence; one that comes back is found again.
func TestDaemonThatGoes(t *testing.T) {
	t.Parallel()
	path, daemon, _ := listen(t, "unixgram")
	for name, s := range map[string]sink{"syslog": syslog{sockets: []string{path}, wait: time.Minute}, "journald": journal{socket: path, wait: time.Minute}} {
		var told bytes.Buffer
		log := &Log{to: s, place: name, fault: slog.New(slog.NewTextHandler(&told, nil)), now: time.Now}
		if err := log.Record(policy.Entry{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		receive(t, daemon)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if err := log.Record(policy.Entry{}); err == nil || !strings.Contains(told.String(), name) {
			t.Errorf("%s: got %v, and the server's log says %q", name, err, told.String())
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		if err := log.Record(policy.Entry{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		receive(t, daemon)
	}
}

// A daemon that takes nothing does not hold calls up for ever, and what it did not take counts as lost.
func TestDaemonThatTakesNothing(t *testing.T) {
	t.Parallel()
	path, _, _ := listen(t, "unixgram")
	log := to(journal{socket: path, wait: time.Millisecond})
	var lost error
	log.OnLoss(func(err error) { lost = err })
	for range 10_000 {
		if err := log.Record(policy.Entry{}); err != nil {
			if lost == nil || strings.Contains(err.Error(), path) {
				t.Errorf("got %v, and was told %v", err, lost)
			}
			return
		}
	}
	t.Error("whatever is sent counts as taken")
}

// The journal itself reads what we send.
func TestRealJournal(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(journalSocket); err != nil {
		t.Skip("needs systemd-journald")
	}
	call := time.Now().Format("20060102150405.000000000")
	if err := ToJournal(slog.New(slog.DiscardHandler)).Record(policy.Entry{Call: call, Principal: hostile}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		out, err := exec.Command("journalctl", "--output=json", "MCP_CALL="+call).Output()
		if err != nil {
			t.Skip("needs journalctl, and to be allowed to read")
		}
		if bytes.Contains(out, []byte(journalID)) {
			return
		}
	}
	t.Error("the journal does not have it")
}

// A trial tells what the first entry would meet, and leaves none.
func TestTry(t *testing.T) {
	t.Parallel()
	path, daemon, _ := listen(t, "unixgram")
	dir := filepath.Dir(path)
	for name, row := range map[string]struct {
		sink sink
		ok   bool
	}{
		"file":        {&file{name: filepath.Join(dir, "audit.jsonl")}, true},
		"rotated":     {newRotated(filepath.Join(dir, "rotated.jsonl"), 1<<20, 2, slog.New(slog.DiscardHandler)), true},
		"no folder":   {&file{name: filepath.Join(dir, "missing", "audit.jsonl")}, false},
		"a folder":    {&file{name: dir}, false},
		"output":      {&output{out: &bytes.Buffer{}}, true},
		"syslog":      {syslog{sockets: []string{path}, wait: time.Minute}, true},
		"no syslog":   {syslog{sockets: []string{path + ".missing"}, wait: time.Minute}, false},
		"journald":    {journal{socket: path, wait: time.Minute}, true},
		"no journald": {journal{socket: path + ".missing", wait: time.Minute}, false},
	} {
		if err := to(row.sink).Try(); (err == nil) != row.ok {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "audit.jsonl")); err != nil || info.Size() != 0 {
		t.Errorf("the file: got %v, %v", info, err)
	}
	if err := daemon.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := daemon.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("the daemon was sent %d bytes", n)
	}
}
