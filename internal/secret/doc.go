// Package secret is where secrets rest: the operating system's keyring, a sealed
// file, an environment variable, a file, a systemd credential, or the output of
// a command.
//
// A [Vault] keeps secrets and can be written to: [Keyring] and [SealedFile], and
// [Chunked] over either of them for what is larger than a keyring's item. A
// [Source] only reads one secret. Both hand out a [Text], a string that does not
// print, and both fail with an [Error] that says what to do next. There is no
// fallback from one place to another: a keyring that is locked or missing is an
// error, never a reason to look for the secret somewhere less safe.
//
// A [Lock] lets the processes of one person take turns, so that one of them
// renews a sign-in and the others find it renewed.
//
// Nothing here runs before the first Get, Put, Delete, Read or Acquire: making a
// Vault, a Source or a Lock opens no file, no bus and no keyring.
package secret
