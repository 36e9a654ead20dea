// Package e2e holds the end-to-end tests: the binary that people install, run by the MCP clients that people use
// (the official Inspector, conformance suite and TypeScript client, mcp-go's client), against the embedded
// tenant in the place of Microsoft.
//
// The tests build the binary once and start it as a process of its own; nothing of the product is linked in.
// The JavaScript programs come from the folder that E2E_NODE names, which scripts/test fills; where there is none
// the tests that need them are skipped, and with CI=true they fail.
package e2e
