package entra

import (
	"errors"
	"net"
	"strconv"
	"syscall"
)

// ListenLoopback takes a free port of 127.0.0.1, and the same of ::1 where there is one: browsers try both for
// localhost, and nobody else should be there to answer.
func ListenLoopback() ([]net.Listener, error) {
	const tries = 20
	for range tries {
		first, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		port := strconv.Itoa(first.Addr().(*net.TCPAddr).Port)
		second, err := net.Listen("tcp6", net.JoinHostPort("::1", port))
		switch {
		case err == nil:
			return []net.Listener{first, second}, nil
		case !isTaken(err):
			return []net.Listener{first}, nil // there is no IPv6 here
		}
		_ = first.Close() // somebody else listens at ::1, and browsers may try that first
	}
	return nil, errors.New("other programs listen at ::1 wherever we try")
}

func closeAll(listeners []net.Listener) {
	for _, listener := range listeners {
		_ = listener.Close()
	}
}

// wsaeAddrInUse is Windows's number for an address in use (WSAEADDRINUSE).
const wsaeAddrInUse syscall.Errno = 10048

func isTaken(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && (errno == syscall.EADDRINUSE || errno == wsaeAddrInUse)
}
