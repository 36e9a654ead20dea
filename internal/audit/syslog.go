package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// program is our name in the machine's own logs.
const program = "microsoft-mcp-server"

// sendWait is how long a daemon may take that has too much to do. Beyond that the entry is lost, and said to be.
const sendWait = 2 * time.Second

// syslogSockets returns where syslog daemons listen: Linux, macOS and FreeBSD.
func syslogSockets() []string { return []string{"/dev/log", "/var/run/syslog", "/var/run/log"} }

// syslog is the daemon of this machine. It is connected to for each record, so that it may be restarted at any time.
//
// Messages have the form that a C library writes: what listens at these sockets, journald and the parser that rsyslog
// has for them, does not read RFC 5424 there. The line has a better time than that form can say.
type syslog struct {
	sockets []string
	wait    time.Duration // for the daemon to take a message
}

func (s syslog) write(records []record) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	const priority = 10<<3 | 6 // authpriv, informational: what not everybody may read
	for _, r := range records {
		// A line feed ends the message where the socket is a stream, and is dropped where it is not.
		if err := send(conn, s.wait, fmt.Appendf(nil, "<%d>%s %s[%d]: %s", priority, time.Now().Format(time.Stamp), program, os.Getpid(), r.text)); err != nil {
			return err
		}
	}
	return nil
}

func (s syslog) dial() (net.Conn, error) {
	for _, name := range s.sockets {
		for _, network := range []string{"unixgram", "unix"} {
			conn, err := net.DialTimeout(network, name, s.wait)
			switch {
			case err == nil:
				return conn, nil
			case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EPROTOTYPE):
			case errors.Is(err, syscall.ECONNREFUSED):
			default:
				return nil, unreachable(err)
			}
		}
	}
	return nil, errors.New("no syslog daemon listens at " + strings.Join(s.sockets, ", "))
}

func (s syslog) try() error { return called(s.dial()) }

// called ends a connection that was made to see whether somebody is there.
func called(conn net.Conn, err error) error {
	if err != nil {
		return err
	}
	return conn.Close()
}

// send sends one message. A datagram goes as a whole or not at all.
func send(conn net.Conn, wait time.Duration, message []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	if _, err := conn.Write(message); err != nil {
		return unreachable(err)
	}
	return nil
}

// unreachable takes the socket's address off an error: a caller from elsewhere has no use for it.
func unreachable(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return fmt.Errorf("telling the machine's log: %w", err)
}
