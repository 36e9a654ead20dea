// What the scripts share: the request that the Go test passes, and a connected client of the official SDK.
import { createInterface } from "node:readline";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

export const { target, params } = JSON.parse(process.env.E2E_REQUEST);

const modernRevision = "2026-07-28";

function transport() {
  if (!target.url) {
    return new StdioClientTransport({ command: target.command, args: target.args, env: target.env });
  }
  const headers = target.key ? { Authorization: `Bearer ${target.key}` } : {};
  return new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers } });
}

// Makes a client of the target's era that is not connected yet.
export function newClient() {
  const mode = target.era === "modern" ? { pin: modernRevision } : "legacy";
  return new Client({ name: "e2e", version: "1.0.0" }, { versionNegotiation: { mode } });
}

// Runs a story with a connected client and prints what it returns as JSON.
export async function withClient(story) {
  const client = newClient();
  await client.connect(transport());
  try {
    const result = await story(client);
    process.stdout.write(JSON.stringify({ revision: client.getNegotiatedProtocolVersion(), ...result }));
  } finally {
    await client.close();
  }
}

// Resolves when the Go test writes a line to our standard input.
export function signal() {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    lines.once("line", () => {
      lines.close();
      process.stdin.destroy(); // an open input would keep this process alive
      resolve();
    });
  });
}
