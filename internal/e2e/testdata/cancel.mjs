// Begins a call, ends it when the Go test says that it is under way, and shows that the connection still works.
import { params, signal, withClient } from "./connect.mjs";

await withClient(async (client) => {
  const controller = new AbortController();
  const call = client.callTool(params, { signal: controller.signal });
  const outcome = call.then(
    () => "answered",
    () => "cancelled",
  );
  await signal();
  controller.abort("the test has seen enough");
  const first = await outcome;
  const { tools } = await client.listTools();
  return { outcome: first, toolsAfter: tools.length };
});
