// Package internal is the map of the house. Rooms are named after their subject, imports run one way, and each
// third-party module enters by one door; layers_test.go holds all of that.
//
//	cli       commands, exit codes; assemble.go wires the rooms together
//	mcp       the protocol over stdio and HTTP; the only room that knows mcp-go
//	door      who may come in over HTTP, and how much they may ask for
//	tools     what a model may ask for: name, parameters, effect, handler
//	catalog   which call of Graph does what: described in our own words, and found by plain ones
//	schema    what Graph says of its types and paths ($metadata), in a compact form, fetched and kept
//	prompts   recipes that people start by name: text for a model, with calls ready to be made
//	policy    may this call be made? Policy decides, Guard stands in front of every call
//	audit     the log of what was refused, asked and changed: JSON, a line for each
//	document  text out of files; pure. A room below it for each family of formats, and for what these share
//	graph     Microsoft Graph and Azure Resource Manager over HTTP
//	aisearch  an Azure AI Search index over HTTP, with a key of its own
//	entra     who are we? apps and people, sign-in, tokens and their renewal; the only room that knows MSAL
//	oauth     who calls over HTTP: tokens of Entra checked, people signed in by an authorization server of our own
//	ui        the dashboard that a person's own browser shows, on loopback alone
//	look      the frame and the style of all pages that people see
//	state     what the replicas of a server share: in memory, or in Redis; and what seals it
//	telemetry metrics and traces
//	recent    a bounded number of values, those that were asked for last
//	secret    where secrets rest, the lock of a sign-in, and Text, a string that does not print
//	folder    the files of the folders of this machine that are allowed; nothing outside of them
//	profile   the configuration: TOML and environment, strict; names secrets, never holds one
//	client    the entries that we write into the files of MCP clients; never a secret in one
//	doctor    what keeps a call from working, found out before a model does; looks by functions that others give it
//	registration how an app is registered with Entra: the steps in the portal, and commands of the Azure CLI; pure
//	turn      processes take turns, by a lock on a file that is there only while one has it
//	rewrite   a changed file put in the place of one that others write, too: whole, or not at all
//	terminal  what people see: colours, tables, JSON and progress on a terminal, and plain text elsewhere
//	sandbox   the embedded tenant: Entra and Graph simulated; shares no code with the others
//	e2e       the whole program driven by real MCP clients
//	bench     the program measured against a minimal server and against direct calls
//
// # One tool call, step by step
//
//  1. cmd/microsoft-mcp-server calls cli.Main, which reads the configuration (profile.Load) and wires what it
//     names (assemble.go): identity, client, guard and tools of each profile. Nothing is opened yet.
//  2. mcp.ServeStdio reads a line (frames.go), or mcp.NewHandler takes a request through the door (door.Door): from whom
//     and by which name (proxy.go, hosts.go), who asks (letin.go: an API key, or a token that an oauth room's
//     authenticator knows), how often and how many at once (rates.go, places.go). What a configuration makes of all that
//     is a generation (mcp/generation.go); a reload puts another in its place. Tool calls on standard input are carried
//     out by mcp/crew.go; over HTTP, by mcp/plain_call.go; both by mcp/dispatch.go.
//  3. dispatch.go, or the protocol library, finds the tool, and handler.handle (mcp/call.go) sets the deadline, brings the
//     arguments into their types (tools.Arguments) and picks the profile; where callers act as themselves, that is the
//     caller's own (cli/people.go).
//  4. callMicrosoftGraph (tools/microsoft_graph.go) makes a graph.Request: one canonical path, or a refusal.
//  5. policy.Guard judges it: refused, to be confirmed by a person, or allowed; what changes something is recorded
//     (audit) before it is sent and after.
//  6. graph.Client asks the profile's identity for a token (entra, from memory when it can), sends the request,
//     renews a refused token once, waits out throttling, and returns the answer or a graph.Error. Where a person
//     has to sign in first, mcp (signin.go) has them asked and makes the call again.
//  7. The tool writes the answer small (tools/compact), and mcp renders it with the profile's name,
//     tenant and account in _meta; an error becomes text with what to do next.
package internal
