// The official MCP clients against the MCP server of a local stack: the one for revisions with a handshake, and its successor.
// Run by tests/it/mcp/official_clients.rs; by hand, beside `make run`: MCP_TOKENS="<a token> <another learner's>" node mcp.test.mjs

import assert from 'node:assert/strict';
import test from 'node:test';
import * as successor from '@modelcontextprotocol/client';
import * as auth from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const url = new URL(process.env.MCP_URL ?? 'http://127.0.0.1:9000/mcp');
const issuer = process.env.MCP_ISSUER ?? 'http://127.0.0.1:9002';
const [ada, grace] = (process.env.MCP_TOKENS ?? '').split(' ');
const course_id = process.env.COURSE ?? 'vector-search';
const card_number = process.env.CARD ?? '4242424242424242';

const withHandshake = { Client, Transport: StreamableHTTPClientTransport, auth, options: {}, version: '2025-11-25', token: ada };
const newest = {
  Client: successor.Client,
  Transport: successor.StreamableHTTPClientTransport,
  auth: successor,
  options: { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  version: '2026-07-28',
  token: grace,
};

async function connect({ Client, Transport, options }, token) {
  const client = new Client({ name: 'tests', version: '1.0.0' }, options);
  client.onerror = (error) => assert.fail(error);
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  await client.connect(new Transport(url, { requestInit: { headers } }));
  return client;
}

async function call(client, name, args = {}) {
  const { structuredContent, content, isError } = await client.callTool({ name, arguments: args });
  assert.deepEqual(JSON.parse(content[0].text), structuredContent);
  return { ...structuredContent, isError: isError ?? false };
}

// What a browser posts on the hosted page.
async function payOnThePage(page) {
  const form = { email: 'ada@example.com', method: 'card', card_number, exp: '12/40', cvc: '123', name: 'Ada' };
  return fetch(page, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

for (const sdk of [withHandshake, newest]) {
  test(`${sdk.version}: the tools are listed, and one sells a course`, async () => {
    const client = await connect(sdk, sdk.token);
    assert.equal(client.getServerVersion().name, 'tuition');
    assert.match(client.getInstructions(), /create_checkout_session/);
    const { tools } = await client.listTools();
    assert.deepEqual(tools.filter((tool) => !tool.annotations.readOnlyHint).map((tool) => tool.name), [
      'consume_usage',
      'create_checkout_session',
      'open_billing_portal',
    ]);

    const catalog = await call(client, 'show_catalog');
    assert.ok(catalog.courses.some((course) => course.id === course_id));
    assert.equal((await call(client, 'check_course_access', { course_id })).has_access, false);
    const { checkout_url, session_id } = await call(client, 'create_checkout_session', { course_id });
    assert.equal((await payOnThePage(checkout_url)).status, 303);
    assert.equal((await call(client, 'show_checkout_session', { session_id })).fulfilled, true);
    const access = await call(client, 'check_course_access', { course_id });
    assert.deepEqual([access.has_access, access.because.reason], [true, 'purchased']);

    const again = await call(client, 'create_checkout_session', { course_id });
    assert.deepEqual([again.isError, again.code], [true, 'already_owned']);
    await assert.rejects(client.callTool({ name: 'unheard_of', arguments: {} }), { code: -32602 });
    await client.close();
  });

  test(`${sdk.version}: without a token a client is turned away, and finds out who signs in`, async () => {
    await assert.rejects(connect(sdk));
    const resource = await sdk.auth.discoverOAuthProtectedResourceMetadata(url);
    assert.deepEqual([resource.resource, resource.authorization_servers], [url.href, [issuer]]);
    assert.equal((await sdk.auth.selectResourceURL(url, {}, resource)).href, url.href);
  });
}
