// Package mcp serves the tools to MCP clients: over standard input and output ([ServeStdio]) and over streamable
// HTTP ([NewHandler]), to clients of both eras of the protocol (initialize and sessions up to 2025-11-25;
// stateless requests since 2026-07-28).
//
// It is the only room that knows the protocol library. Who may come in over HTTP is decided before, by the door
// (internal/door). What the library leaves open is closed here, each in its own file: whose a session is
// (sessions.go), what a line of standard input may hold and when its end is the end (frames.go), and that no
// notification is lost before its answer (delivery.go). What costs most of a call in the library is done here, as it
// would do it: crew.go carries out the calls of standard input, plain_call.go those over HTTP, dispatch.go hands both to
// the tools, and encode.go writes the answers. What needs a person in the middle of a call is here, too: agreeing to it
// (confirm.go) and signing in (signin.go), in either order (errand.go). Files, which should not pass through a model, come
// and go beside the protocol: by one-time links (transfer.go, transfer_serve.go) and to /upload (upload.go).
//
// Several replicas may serve the same clients. What they share is declared in shared.go: sessions, used agreements and
// links are there, so that any replica goes on with what another has begun, and what a client sends to the wrong one is
// passed on (mail.go). A process that is alone keeps it all in its memory. One configuration gives way to
// the next without a break (generation.go).
package mcp
