// Package cli holds the commands and the one place where the rooms are wired together (assemble.go).
//
// Every command runs against an [Env], so that a test can call the whole program. What people are to read goes
// to standard output, logs go to standard error; while a client is served over standard input and output,
// nothing but the protocol is on the latter.
package cli
