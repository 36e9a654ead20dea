package oauth

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	reserved := reservedPrefixes()
	for _, text := range []string{"93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"} {
		if !isPublic(netip.MustParseAddr(text), reserved) {
			t.Errorf("%s is not taken for public", text)
		}
	}
	for _, text := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "192.0.2.1", "203.0.113.1",
		"224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
		"64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1", "2606::1%eth0",
	} {
		if isPublic(netip.MustParseAddr(text), reserved) {
			t.Errorf("%s is taken for public", text)
		}
	}
}

// Mallory's name stands for a public address when it is looked at, and for one of this machine when it is dialled.
func TestNameThatTurnsInwards(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go answerName(theirs, &asked)
		return ours, nil
	}}
	_, err := newDocumentClient(resolver, false).Get("https://rebind.example.com/client.json")
	if err == nil || !strings.Contains(err.Error(), "not a public address") {
		t.Errorf("dialled: %v", err)
	}
	if asked.Load() == 0 {
		t.Error("the name was never asked for")
	}
}

// The operator of a company's own network lists the host that their client's document is at.
func TestListedHostsMayBeInside(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"client_id":"https://`+r.Host+r.URL.Path+`","redirect_uris":["http://127.0.0.1/callback"]}`)
	}))
	inside.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	inside.StartTLS()
	defer inside.Close()
	roots := inside.Client().Transport.(*http.Transport).TLSClientConfig
	host := inside.Listener.Addr().String()
	id := "https://" + host + "/client.json"
	for _, row := range []struct {
		name   string
		listed []string
		works  bool
	}{
		{"listed", []string{"client.example.com", host}, true},
		{"any public host", nil, false},
		{"none", []string{}, false},
		{"another port", []string{"127.0.0.1"}, false},
		{"another host", []string{"client.example.com"}, false},
	} {
		asked.Store(0)
		d := newDocuments(ServerConfig{Documents: row.listed, Now: time.Now, Store: unlimited{}}, redirects{})
		d.web.Transport.(*http.Transport).TLSClientConfig = roots
		c, err := d.client(t.Context(), "here", id)
		if works := err == nil && c.ID == id && asked.Load() == 1; works != row.works || !works && asked.Load() != 0 {
			t.Errorf("%s: %v, %v, asked %d times", row.name, c, err, asked.Load())
		}
		// The second line of defence, behind the look at the name.
		if _, err := d.web.Get(id); (err == nil) != (row.listed != nil) {
			t.Errorf("%s: dialled: %v", row.name, err)
		}
	}
}

// unlimited counts nothing.
type unlimited struct{ Store }

func (unlimited) Spend(context.Context, string, int, int) (time.Duration, error) { return 0, nil }

// answerName answers each question on a connection, as over TCP, with 127.0.0.1.
func answerName(c net.Conn, asked *atomic.Int32) {
	defer func() { _ = c.Close() }()
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		question := make([]byte, int(head[0])<<8|int(head[1]))
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(question) != nil || len(m.Questions) != 1 {
			return
		}
		asked.Add(1)
		q := m.Questions[0]
		m.Response, m.Additionals = true, nil
		if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
		}
		answer, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := c.Write(append([]byte{byte(len(answer) >> 8), byte(len(answer))}, answer...)); err != nil {
			return
		}
	}
}
