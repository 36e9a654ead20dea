// Package client knows the entries that we write into the configuration files of MCP clients: where each client keeps
// its file, and how an entry looks there.
//
// The files belong to the person and to the client. An entry is merged into what is there: comments, order, indentation
// and line ends of all else stay to the byte, and each change is checked by reading what came of it before it is
// written. A file that cannot be read for certain is left alone. The old content stays beside the file
// (see [Change.Write]).
//
// No secret is ever written: an entry names environment variables, in the client's own way of doing so.
package client
