// What happens when Tuition does not answer, or nothing that can be understood; and what is cached.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createGuard, type GuardOptions } from '../src/tuition-guard.js'
import { apiUrl, Learner } from './school.js'
import { serve, UPGRADE_URL } from './serve.js'

const ROUTES = ['/notebooks/vector-search', '/studio', '/tutor']
const TOKEN = { authorization: 'Bearer a.b.c' }
const OPEN = { has_access: true, because: { reason: 'free_course' }, until: null as string | null }

/** An address where nobody listens, or where nobody answers. */
async function address(t: TestContext, kind: 'closed' | 'silent'): Promise<string> {
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (kind === 'closed') server.close()
  else t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${port}`
}

/** Collects what is logged. */
function logged(): { lines: string[]; log: NonNullable<GuardOptions['log']> } {
  const lines: string[] = []
  return { lines, log: (level, message) => lines.push(`${level} ${message}`) }
}

const answers = (make: () => Response): typeof fetch => () => Promise.resolve(make())
const once200 = (body: object): typeof fetch => {
  let asked = 0
  return answers(() => asked++ === 0 ? Response.json(body) : new Response('', { status: 500 }))
}

test('nothing opens while Tuition is down', async (t) => {
  const { lines, log } = logged()
  const app = await serve(t, { apiUrl: await address(t, 'closed'), log })
  const learner = await Learner.signIn()
  for (const path of ROUTES) {
    const answer = await app(path, learner.headers)
    assert.deepEqual([answer.status, answer.body['code']], [503, 'tuition_unavailable'])
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
  }
  assert.equal((await app('/studio')).status, 401)
  assert.equal(lines.filter((line) => line.startsWith('warn') && !line.includes(learner.token)).length, 3)
})

test('failOpen lets through, and logs it', async (t) => {
  const { lines, log } = logged()
  const app = await serve(t, { apiUrl: await address(t, 'closed'), failOpen: true, log })
  const learner = await Learner.signIn()
  for (const path of ROUTES) assert.equal((await app(path, learner.headers)).status, 200)
  assert.equal((await app('/studio')).status, 401)
  assert.equal(lines.length, 3)
  for (const line of lines) {
    assert.match(line, /^error .* let through$/)
    assert.ok(!line.includes(learner.token) && !line.includes(learner.email))
  }
})

test('a call takes no longer than its timeout', async (t) => {
  const app = await serve(t, { apiUrl: await address(t, 'silent'), timeoutMs: 100, log: logged().log })
  assert.equal((await app('/studio', TOKEN)).status, 503)
})

const ODD: [string, () => Response, number][] = [
  ['500', () => Response.json({ message: 'Internal Server Error' }, { status: 500 }), 503],
  ['503', () => new Response('', { status: 503, headers: { 'retry-after': '7' } }), 503],
  ["API Gateway's 429", () => Response.json({ message: 'Too Many Requests' }, { status: 429 }), 503],
  ['a web page', () => new Response('<html>'), 503],
  ['another document', () => Response.json({ ...OPEN, has_access: 'true' }), 503],
  // What no outage causes stays closed, whatever the switch says.
  ['404', () => Response.json({ code: 'not_found' }, { status: 404 }), 500],
  ['a redirect', () => new Response('', { status: 302, headers: { location: 'https://elsewhere.example/' } }), 500],
  ['403', () => Response.json({ message: 'Forbidden' }, { status: 403 }), 500],
]
for (const [name, make, status] of ODD) {
  test(`only an answer that says so opens: ${name}`, async (t) => {
    const { log } = logged()
    const closed = await serve(t, { fetch: answers(make), log })
    const opened = await serve(t, { fetch: answers(make), log, failOpen: true })
    for (const path of ROUTES) {
      const answer = await closed(path, TOKEN)
      assert.equal(answer.status, status)
      if (status === 503) assert.equal(answer.headers.get('retry-after'), make().headers.get('retry-after') ?? '5')
      assert.equal((await opened(path, TOKEN)).status, status === 503 ? 200 : status)
    }
  })
}

test('an unknown reason does not ask for payment', async (t) => {
  const closed = { has_access: false, because: { reason: 'something_new' }, until: null }
  const app = await serve(t, { fetch: answers(() => Response.json(closed)) })
  assert.equal((await app('/studio', TOKEN)).status, 403)
})

test('an allowed answer is kept per token and course while Tuition is down', async (t) => {
  const app = await serve(t, { fetch: once200(OPEN), log: logged().log })
  const statuses = []
  for (const headers of [TOKEN, TOKEN, { authorization: 'Bearer d' }]) statuses.push((await app('/studio', headers)).status)
  assert.deepEqual(statuses, [200, 200, 503])
  assert.equal((await app('/notebooks/vector-search', TOKEN)).status, 503)
})

test('an answer is kept no longer than it opens', async (t) => {
  for (const [until, second] of [['2020-01-01T00:00:00Z', 503], ['2999-01-01T00:00:00Z', 200]] as const) {
    const app = await serve(t, { fetch: once200({ ...OPEN, until }), log: logged().log })
    assert.equal((await app('/studio', TOKEN)).status, 200)
    assert.equal((await app('/studio', TOKEN)).status, second)
  }
})

test('the cache is bounded', async (t) => {
  const asked: (string | null)[] = []
  const app = await serve(t, {
    cacheEntries: 2,
    fetch: (_url, init) => {
      asked.push(new Headers(init?.headers).get('authorization'))
      return Promise.resolve(Response.json(OPEN))
    },
  })
  for (const token of 'abcbca') assert.equal((await app('/studio', { authorization: `Bearer ${token}` })).status, 200)
  assert.deepEqual(asked, ['Bearer a', 'Bearer b', 'Bearer c', 'Bearer a'])
})

test('settings that keep no promise are refused', () => {
  assert.throws(() => createGuard({ apiUrl, upgradeUrl: UPGRADE_URL, cacheMs: 60_001 }), /within a minute/)
  assert.throws(() => createGuard({ apiUrl: 'localhost:9000', upgradeUrl: UPGRADE_URL }), /https:\/\//)
  assert.throws(() => createGuard({ apiUrl, upgradeUrl: UPGRADE_URL }).metered('ai_minutes', { quantity: -1 }), /a million/)
})
