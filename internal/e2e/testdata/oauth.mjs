// Signs somebody in with the official client's OAuth flow, calls a tool as them, and calls it again with an access
// token that is not good any more, so that the client has to renew it. Each address that a browser has to open is
// printed as a line {"authorize": ...}; the last line is the outcome.
//
// params: call (a tool call); host (of the redirect URI: 127.0.0.1 or localhost); and how the client is known to the
// authorization server: client (a pre-registered one, {client_id, client_secret?}), document (the https URL of its
// metadata) or neither, whereupon it registers by itself. scope is asked for where the server does not say.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { newClient, params, target } from "./connect.mjs";

const print = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// Waits where a browser comes back. A second answer is one too many, and is told so.
function listen() {
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  let answers = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (url.pathname !== "/callback") {
      response.writeHead(404).end();
      return;
    }
    answers++;
    response.writeHead(200, { "Content-Type": "text/html" }).end(`<p id="done">The client has its answer: ${answers}</p>`);
    answer(url.searchParams);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ server, answered, port: server.address().port, answers: () => answers }));
  });
}

// What the client keeps: all of it in memory, and everything by issuer, as the SDK asks for.
class Memory {
  constructor(redirectUrl) {
    this.redirectUrl = redirectUrl;
    this.clientMetadataUrl = params.document;
    this.saves = 0;
    this.expectedState = randomUUID();
    if (params.client) {
      this.client = params.client;
    }
  }
  get clientMetadata() {
    return {
      client_name: "The TypeScript client of the tests",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: params.client?.client_secret ? "client_secret_post" : "none",
      scope: params.scope,
    };
  }
  state() {
    return this.expectedState;
  }
  clientInformation() {
    return this.client;
  }
  saveClientInformation(client) {
    this.client = client;
  }
  tokens() {
    return this.current;
  }
  saveTokens(tokens) {
    this.current = tokens;
    this.saves++;
  }
  redirectToAuthorization(url) {
    print({ authorize: url.href });
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  saveDiscoveryState(state) {
    this.discovery = state;
  }
  discoveryState() {
    return this.discovery;
  }
}

const door = await listen();
const memory = new Memory(`http://${params.host ?? "127.0.0.1"}:${door.port}/callback`);
const connect = async () => {
  const client = newClient();
  const transport = new StreamableHTTPClientTransport(new URL(target.url), { authProvider: memory });
  try {
    await client.connect(transport);
    return { client };
  } catch (refused) {
    return { refused, transport };
  }
};

async function story() {
  const first = await connect();
  if (!(first.refused instanceof UnauthorizedError)) {
    throw first.refused ?? new Error("the server lets everybody in");
  }
  const back = await door.answered;
  if (back.get("state") !== memory.expectedState) {
    throw new Error("the state that came back is another one");
  }
  try {
    await first.transport.finishAuth(back);
  } catch (error) {
    return { error: error.code ?? error.name, message: error.message, back: Object.fromEntries(back) };
  }
  const { client, refused } = await connect();
  if (refused) {
    throw refused;
  }
  const { tools } = await client.listTools();
  const before = await client.callTool(params.call);
  const used = [memory.current.access_token, memory.current.refresh_token].filter(Boolean);
  memory.current = { ...memory.current, access_token: memory.current.access_token.slice(0, -4) + "AAAA" };
  const renewable = memory.current.refresh_token !== undefined;
  const after = renewable ? await client.callTool(params.call) : undefined;
  const outcome = {
    revision: client.getNegotiatedProtocolVersion(),
    tools: tools.map((tool) => tool.name),
    before,
    after,
    clientId: memory.client.client_id,
    issuer: memory.discovery.authorizationServerUrl,
    scope: memory.current.scope,
    back: Object.fromEntries(back),
    answers: door.answers(),
    saves: memory.saves,
    tokens: [...used, memory.current.access_token, memory.current.refresh_token].filter(Boolean),
  };
  await client.close();
  return outcome;
}

try {
  print(await story());
} finally {
  door.server.close();
  door.server.closeAllConnections();
}
