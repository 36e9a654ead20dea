// Calls a tool once. A tool's error is an answer like any other.
import { params, withClient } from "./connect.mjs";

await withClient(async (client) => ({ result: await client.callTool(params) }));
