package state

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// redisServer is a real server of our own, on a socket in a folder of the test.
type redisServer struct {
	path   string // of the socket
	args   []string
	server *exec.Cmd
}

// startRedis starts a server, or skips the test where there is none.
func startRedis(t *testing.T, args ...string) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("no redis-server: install it")
	}
	folder, err := os.MkdirTemp("", "redis") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	r := &redisServer{path: filepath.Join(folder, "s"), args: args}
	t.Cleanup(func() {
		r.kill(t)
		_ = os.RemoveAll(folder)
	})
	r.start(t)
	return r
}

func (r *redisServer) start(t *testing.T) {
	t.Helper()
	args := append([]string{"--port", "0", "--unixsocket", r.path, "--save", "", "--appendonly", "no",
		"--dir", filepath.Dir(r.path), "--daemonize", "no"}, r.args...)
	r.server = exec.Command("redis-server", args...)
	if err := r.server.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server's socket", func() bool {
		conn, err := net.Dial("unix", r.path)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// kill ends the server as a crash does.
func (r *redisServer) kill(t *testing.T) {
	t.Helper()
	if r.server == nil {
		return
	}
	_ = r.server.Process.Kill()
	_ = r.server.Wait()
	r.server = nil
	_ = os.Remove(r.path)
}

func (r *redisServer) open(t *testing.T) *Redis {
	t.Helper()
	return openRedis(t, RedisConfig{URL: "unix://" + r.path, Prefix: "test:"})
}

func openRedis(t *testing.T, c RedisConfig) *Redis {
	t.Helper()
	s, err := NewRedis(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// certify writes a certificate for 127.0.0.1, which is its own CA, and its key: those of httptest.
func certify(t *testing.T) (certificate, key string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	pair := server.TLS.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		key:         {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// echo is an old server that repeats the arguments of a command that it does not know: the password.
func echo(t *testing.T, before string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				said := make([]byte, 4096)
				for {
					n, err := conn.Read(said)
					if err != nil {
						return
					}
					_, _ = fmt.Fprintf(conn, "-%s%q\r\n", before, said[:n])
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// lossy stands in front of a server and breaks the connection in place of its first answer to a command that is named.
func lossy(t *testing.T, server *redisServer, command string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var lost atomic.Bool
	carry := func(client net.Conn) {
		defer func() { _ = client.Close() }()
		behind, err := net.Dial("unix", server.path)
		if err != nil {
			return
		}
		defer func() { _ = behind.Close() }()
		said := make([]byte, 4096)
		for {
			n, err := client.Read(said)
			if err != nil {
				return
			}
			loses := strings.Contains(strings.ToLower(string(said[:n])), command) && lost.CompareAndSwap(false, true)
			if _, err := behind.Write(said[:n]); err != nil {
				return
			}
			if n, err = behind.Read(said); err != nil || loses {
				return
			}
			if _, err := client.Write(said[:n]); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go carry(client)
		}
	}()
	return listener.Addr().String()
}

// The clock of a server may be set back, or another with another clock take its place.
func TestRedisWhoseClockIsSetBack(t *testing.T) {
	t.Parallel()
	s := startRedis(t).open(t)
	checkSetBack(t, s, func() { // whose clock cannot be set: what it has noted is of tomorrow
		const key = "test:spent/a"
		spent, err := s.client.Get(t.Context(), key).Int64()
		if err == nil {
			err = s.client.Set(t.Context(), key, spent+(24*time.Hour).Microseconds(), time.Hour).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
