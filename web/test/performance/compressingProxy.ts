// An HTTP proxy that compresses what the local stack sends, as CloudFront does.

import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";

const COMPRESSED = /^(text\/|application\/json|image\/svg)/;
/** CloudFront leaves smaller files as they are. */
const SMALLEST = 1_000;

export interface Proxy {
  url: string;
  stop: () => void;
}

export async function startProxy(): Promise<Proxy> {
  // CloudFront compresses a file once.
  const compressed = new Map<string, Buffer>();
  const server = createServer((incoming, response) => {
    forward(incoming, response, compressed).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** Sends a request on to where it wants to go, and its answer back. */
async function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  compressed: Map<string, Buffer>,
): Promise<void> {
  const { method = "GET", url = "", headers } = incoming;
  const outgoing = request(url, { method, headers });
  incoming.pipe(outgoing);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const body = await buffer(answer);
  const isCompressed = COMPRESSED.test(answer.headers["content-type"] ?? "") && body.length >= SMALLEST;
  const key = `${url} ${body.length}`;
  const sent = isCompressed ? (compressed.get(key) ?? gzipSync(body)) : body;
  if (isCompressed) compressed.set(key, sent);
  const sentHeaders = { ...answer.headers, "content-length": String(sent.length) };
  delete sentHeaders["transfer-encoding"];
  response.writeHead(answer.statusCode ?? 502, {
    ...sentHeaders,
    ...(isCompressed && { "content-encoding": "gzip" }),
  });
  response.end(sent);
}
