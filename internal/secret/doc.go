// Package secret is where secrets rest: the operating system's keyring, an
// environment variable, a file, or the output of a command.
//
// A [Vault] keeps secrets and can be written to; a [Source] only reads one.
// Both hand out a [Text], a string that does not print, and both fail with an
// [Error] that says what to do next. There is no fallback from one place to
// another: a keyring that is locked or missing is an error, never a reason to
// look for the secret somewhere less safe.
//
// Nothing here runs before the first Get, Put, Delete or Read: making a Vault
// or a Source opens no file, no bus and no keyring.
package secret
