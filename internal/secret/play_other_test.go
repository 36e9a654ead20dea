//go:build !linux

package secret_test

func playMounts(string) {}

func playFolder(string) {}
