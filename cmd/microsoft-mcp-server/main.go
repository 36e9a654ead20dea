// Command microsoft-mcp-server gives MCP clients safe access to Microsoft Graph.
package main

import (
	"context"
	"os"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
)

func main() { os.Exit(cli.Main(context.Background(), cli.System())) }
