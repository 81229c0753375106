// What may be used of a meter, against a running stack. The free plan has 30 minutes a day; each question takes 10.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import express from 'express'
import { createGuard } from '../src/tuition-guard.js'
import { apiUrl, Learner } from './school.js'
import { serve, UPGRADE_URL } from './serve.js'

test('every request is counted until the limit', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  for (const used of [10, 20, 30]) assert.equal((await app('/tutor', learner.headers)).body['used'], used)
  const { status, body, headers } = await app('/tutor', learner.headers)
  assert.deepEqual([status, body['code'], body['meter']], [429, 'limit_reached', 'ai_minutes'])
  assert.equal(body['upgrade_url'], `${UPGRADE_URL}?meter=ai_minutes`)
  const left = (Date.parse(String(body['resets_at'])) - Date.now()) / 1000
  const retryAfter = Number(headers.get('retry-after'))
  assert.ok(left > 0 && left <= 24 * 3600 && left <= retryAfter && retryAfter <= left + 30, `${left}, ${retryAfter}`)
  assert.equal(await learner.minutesUsed(), 30)
})

test('a subscription raises the limit', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  await learner.ask('/usage/ai_minutes', { quantity: 30 })
  assert.equal((await app('/tutor', learner.headers)).status, 429)
  await learner.subscribe('premium')
  assert.equal((await app('/tutor', learner.headers)).body['used'], 40)
})

test('the same Idempotency-Key counts once', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  const ask = async (key: string) => (await app('/tutor', { ...learner.headers, 'idempotency-key': key })).body['used']
  assert.deepEqual([await ask('question-1'), await ask('question-1'), await ask('question-1')], [10, 10, 10])
  assert.equal(await learner.minutesUsed(), 10)
  assert.equal(await ask('question-2'), 20)
})

test('a key of something else is a conflict', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  const headers = { ...learner.headers, 'idempotency-key': 'question-1' }
  const body = JSON.stringify({ quantity: 3 })
  const json = { 'content-type': 'application/json' }
  assert.ok((await fetch(`${apiUrl}/usage/ai_minutes`, { method: 'POST', headers: { ...headers, ...json }, body })).ok)
  const answer = await app('/tutor', headers)
  assert.deepEqual([answer.status, answer.body['code']], [409, 'idempotency_key_reused'])
})

test('a malformed key is refused', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  for (const key of ['', 'k'.repeat(256), '\u00e9']) {
    const answer = await app('/tutor', { ...learner.headers, 'idempotency-key': key })
    assert.deepEqual([answer.status, answer.body['code']], [400, 'invalid_idempotency_key'])
  }
  assert.equal(await learner.minutesUsed(), 0)
})

test("without the caller's key every request is counted, and 0 counts nothing", async (t) => {
  const guard = createGuard({ apiUrl, upgradeUrl: UPGRADE_URL })
  const app = express()
  app.post('/count', guard.metered('ai_minutes', { quantity: 15, callersKey: false }), (_req, res) => res.json({}))
  app.post('/ask', guard.metered('ai_minutes', { quantity: 0 }), (_req, res) => res.json(res.locals['meter']))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const learner = await Learner.signIn()
  const headers = { ...learner.headers, 'idempotency-key': 'question-1' }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (path: string) => (await fetch(url + path, { method: 'POST', headers })).status
  assert.deepEqual([await post('/ask'), await post('/count'), await post('/ask'), await post('/count')], [200, 200, 200, 200])
  assert.equal(await learner.minutesUsed(), 30)
  assert.equal(await post('/ask'), 429)
})
