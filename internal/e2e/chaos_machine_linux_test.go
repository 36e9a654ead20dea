package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// systemWeather is what it takes Linux to bring about, and for some of it root.
func systemWeather() []weather {
	return []weather{
		{name: "the disk of the audit log and of the cache is full", strike: diskFull},
		{name: "the disk of the audit log and of the cache is read-only", strike: diskReadOnly},
		{name: "the disk for downloads is full", strike: otherDisk(func(path string) error { return fill(path, 0) }, 0)},
		{name: "the disk for downloads is read-only", strike: otherDisk(func(string) error { return nil }, syscall.MS_RDONLY)},
		{name: "no more files can be opened", long: true, strike: noMoreFiles},
		{name: "a server is suspended, and its tokens end meanwhile", strike: suspended},
		{name: "the store does not answer", strike: storeFreezes},
	}
}

const diskSize = 24 << 20

// mountDisk puts a file system of its own in a folder's place, until the test ends.
func mountDisk(t *testing.T, folder string) error {
	if err := mountMemory(folder, diskSize); err != nil {
		return err
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	return nil
}

func mountMemory(folder string, size int) error {
	return os.NewSyscallError("mount", syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)))
}

// fill takes all room of a disk but a few bytes.
func fill(folder string, left int64) error {
	ballast, err := os.OpenFile(filepath.Join(folder, "ballast"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer ballast.Close()
	if _, err := io.Copy(ballast, endless{}); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("a disk does not fill: %w", err)
	}
	info, err := ballast.Stat()
	if err != nil {
		return err
	}
	return ballast.Truncate(max(0, info.Size()-left))
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func diskFull(_ context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	m := c.machine
	if !m.mounted {
		return nil, m.why
	}
	if !m.disking.TryLock() {
		return nil, errInTrouble
	}
	// Of a page that is left the log takes some whole entries, and then a part of one.
	if err := fill(m.disk, int64(dice.IntN(3))*4096); err != nil {
		c.violated("%v", err)
	}
	return func() error {
		defer m.disking.Unlock()
		return os.Remove(filepath.Join(m.disk, "ballast"))
	}, nil
}

func diskReadOnly(ctx context.Context, c *chaos, _ *rand.Rand) (func() error, error) {
	m := c.machine
	if !m.mounted {
		return nil, m.why
	}
	if !m.disking.TryLock() {
		return nil, errInTrouble
	}
	remount := func(flags uintptr) error {
		for {
			err := syscall.Mount("tmpfs", m.disk, "tmpfs", syscall.MS_REMOUNT|flags, fmt.Sprintf("size=%d,mode=0700", diskSize))
			if !errors.Is(err, syscall.EBUSY) || ctx.Err() != nil { // EBUSY: somebody is writing just now
				return os.NewSyscallError("mount", err)
			}
			rest(ctx)
		}
	}
	if err := remount(syscall.MS_RDONLY); err != nil {
		m.disking.Unlock()
		return nil, err
	}
	return func() error {
		defer m.disking.Unlock()
		return remount(0)
	}, nil
}

// otherDisk puts another disk over the folder that a stdio server keeps downloads in.
func otherDisk(prepare func(path string) error, flags uintptr) func(context.Context, *chaos, *rand.Rand) (func() error, error) {
	return func(_ context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
		if !c.machine.mounted {
			return nil, c.machine.why
		}
		folder, disk := c.hosts[1+dice.IntN(2)].folder(), c.hosts[0].t.TempDir()
		if err := mountMemory(disk, 4096); err != nil {
			return nil, err
		}
		// What is prepared is put there in one step: on the way to being full it would take a file, and take it along.
		err := prepare(disk)
		if err == nil {
			err = syscall.Mount(disk, folder, "", syscall.MS_BIND, "")
		}
		if err == nil && flags != 0 {
			err = syscall.Mount(disk, folder, "", syscall.MS_BIND|syscall.MS_REMOUNT|flags, "")
		}
		return func() error {
			parts, _ := filepath.Glob(filepath.Join(folder, ".microsoft*"))
			if len(parts) > 0 && flags != 0 {
				c.violated("on a read-only disk there are %v", parts)
			}
			return errors.Join(syscall.Unmount(folder, syscall.MNT_DETACH), syscall.Unmount(disk, syscall.MNT_DETACH))
		}, err
	}
}

// noMoreFiles lowers the limit of a server's files to what it has, or a few more.
func noMoreFiles(ctx context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	if _, err := exec.LookPath("prlimit"); err != nil {
		return nil, err
	}
	run, err := c.hosts[dice.IntN(len(c.hosts))].up(ctx)
	if err != nil {
		return nil, err
	}
	pid := run.cmd.Process.Pid
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return nil, err
	}
	prlimit := func(args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, "prlimit", append([]string{"--pid", fmt.Sprint(pid)}, args...)...).CombinedOutput()
		if err != nil && !run.ending() {
			return "", fmt.Errorf("prlimit: %w: %s", err, out)
		}
		return strings.TrimSpace(string(out)), nil
	}
	usual, err := prlimit("--nofile", "--output", "SOFT", "--noheadings")
	if err == nil {
		_, err = prlimit(fmt.Sprintf("--nofile=%d:", max(1, len(open)-4+dice.IntN(12))))
	}
	if err != nil {
		return nil, err
	}
	return briefly(ctx, c, dice, func() error {
		_, err := prlimit("--nofile=" + usual + ":")
		return err
	}), nil
}

// suspended stops a server for a while, as a laptop's lid does: its tokens are not good any more when it goes on, and
// nobody has told it.
func suspended(ctx context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	run, err := c.hosts[dice.IntN(len(c.hosts))].up(ctx)
	if err != nil {
		return nil, err
	}
	if err := run.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return nil, err
	}
	c.tenant.RevokeTokens()
	return briefly(ctx, c, dice, func() error {
		if err := run.cmd.Process.Signal(syscall.SIGCONT); err != nil && !run.ending() {
			return err
		}
		return nil
	}), nil
}

// storeFreezes has the store take connections and answer nothing.
func storeFreezes(ctx context.Context, c *chaos, dice *rand.Rand) (func() error, error) {
	m := c.machine
	if m.store == nil {
		return nil, errNoStore
	}
	if !m.storing.TryLock() {
		return nil, errInTrouble
	}
	process := m.store.cmd.Process
	err := process.Signal(syscall.SIGSTOP)
	return briefly(ctx, c, dice, func() error {
		defer m.storing.Unlock()
		return process.Signal(syscall.SIGCONT)
	}), err
}

// askReload has a server read its file now.
func askReload(s *chaosServer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		_ = s.run.cmd.Process.Signal(syscall.SIGHUP) // it may be ending
	}
}
