// Package state is what the replicas of a server share: small values, each with an end of its life, allowances that are
// spent, and messages from one to all.
//
// There are two kinds of it. [Memory] is this process's own and goes with it: one replica. [Redis] is a Redis or Valkey
// server (from version 6.2), which all replicas use. Both have the same methods and pass the same tests.
//
// A store is never trusted with what it keeps. Consumers name a value "<kind>/<id>", where the ID of something secret is
// its SHA-256 in hex, and seal what is secret or personal by a [Sealer], with the kind as the purpose and the whole key
// as the binding: whoever reads the store learns nothing, and whoever writes to it can swap nothing.
//
// A store that cannot be reached, or is full, is an [Error] with Unavailable() true. It is never taken for an empty one.
package state
