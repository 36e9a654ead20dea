// Lists the tools.
import { withClient } from "./connect.mjs";

await withClient(async (client) => {
  const { tools } = await client.listTools();
  return { tools: tools.map((tool) => tool.name) };
});
