package state

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"
)

// errPassword stands for the failure to read the password, on its way through the library.
var errPassword = errors.New("the password could not be read")

// serverCode returns the word that an error of the server begins with. What follows is not shown: an old server that
// does not know a command repeats its arguments, and one of those is the password.
func serverCode(err error) string {
	code, _, _ := strings.Cut(err.Error(), " ")
	if code == "" || len(code) > 20 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "ERR"
	}
	return code
}

// remedy returns what to do about a code of the server.
func remedy(code string) string {
	switch code {
	case "NOAUTH", "DENIED":
		return "the server asks for a password: set [state] password"
	case "WRONGPASS":
		return "check [state] username and password"
	case "NOPERM":
		return "the server's user may not do that: allow it GET, SET, GETDEL, DEL, EVAL, EVALSHA, TIME, PING, PUBLISH and SUBSCRIBE on the prefix's keys and channels"
	case "OOM":
		return "the server's memory is full: raise its maxmemory"
	case "READONLY":
		return "the server is a read-only replica: name the primary in [state] url"
	case "LOADING", "MASTERDOWN", "BUSY":
		return "the server is busy with itself: try again in a moment"
	case "MOVED":
		return "the server is part of a cluster: name a single server in [state] url"
	case "MISCONF":
		return "the server cannot write to its disk: look at its log"
	default:
		return "check that the server is Redis 6.2, Valkey or newer, and look at its log"
	}
}

// failure writes what went wrong without what the server or the address may give away.
func (r *Redis) failure(doing string, err error) error {
	e := &Error{doing: doing, hint: "check that the server of [state] url runs and can be reached, and try again"}
	var server redis.Error
	var network *net.OpError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, errPassword) || strings.Contains(err.Error(), errPassword.Error()):
		e.message, e.hint = r.unread()
	case errors.Is(err, redis.ErrClosed):
		return stopping(doing)
	case errors.As(err, &authority), errors.As(err, &host):
		e.message, e.hint = "Redis: its certificate is not to be trusted", "name its CA in [state] ca_file, and the name of the certificate in [state] url"
	case errors.As(err, &record):
		e.message, e.hint = "Redis: it does not speak TLS", "write redis:// in [state] url, or switch TLS on at the server"
	case errors.As(err, &server):
		code := serverCode(server)
		e.message, e.hint = "Redis refused it: "+code, remedy(code)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, redis.ErrPoolTimeout):
		e.message = "Redis does not answer in time"
	case errors.As(err, &network):
		e.message = "Redis cannot be reached: " + network.Err.Error()
	default:
		e.message, e.hint = "the connection to Redis broke", "write rediss:// in [state] url if the server speaks TLS, and try again"
	}
	return e
}

// unread returns why the password could not be read, and what to do: its source knows.
func (r *Redis) unread() (message, hint string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	message, hint = errPassword.Error(), "check [state] password"
	if r.asking == nil {
		return message, hint
	}
	var hinted interface{ Hint() string }
	if errors.As(r.asking, &hinted) {
		hint = hinted.Hint()
	}
	return message + ": " + r.asking.Error(), hint
}
