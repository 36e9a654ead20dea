//go:build !linux

package e2e

import (
	"errors"
	"testing"
)

// systemWeather is what this test can bring about on Linux alone.
func systemWeather() []weather { return nil }

func mountDisk(*testing.T, string) error {
	return errors.New("this system mounts no file system in memory")
}

// askReload leaves it to the server to look at its file, as it does every other second.
func askReload(*chaosServer) {}
