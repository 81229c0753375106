// Who may open a course or use a plan, against a running stack.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dispute, Learner, refund } from './school.js'
import { serve, UPGRADE_URL } from './serve.js'

const NOTEBOOK = '/notebooks/vector-search'
const ACCESS = '/courses/vector-search/access'

test('an unguarded route needs no token', async (t) => {
  const app = await serve(t)
  assert.equal((await app('/health')).status, 200)
})

test('without a token nothing opens', async (t) => {
  const app = await serve(t)
  for (const authorization of [undefined, 'Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer \u00e9']) {
    const answer = await app(NOTEBOOK, authorization === undefined ? {} : { authorization })
    assert.deepEqual([answer.status, answer.body['code']], [401, 'unauthorized'])
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  }
})

test('a foreign token is passed on and refused', async (t) => {
  const app = await serve(t)
  const [head, claims, signature = ''] = (await Learner.signIn()).token.split('.')
  for (const token of ['x.y.z', `${head}.${claims}.${signature.slice(1)}${signature.slice(0, 1)}`]) {
    for (const path of [NOTEBOOK, '/studio', '/tutor']) {
      const answer = await app(path, { authorization: `Bearer ${token}` })
      assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'])
    }
  }
})

test('a course that was not bought asks for payment', async (t) => {
  const app = await serve(t)
  const answer = await app(NOTEBOOK, (await Learner.signIn()).headers)
  assert.deepEqual([answer.status, answer.body], [402, {
    type: 'about:blank',
    title: 'Payment Required',
    status: 402,
    code: 'payment_required',
    detail: 'This needs the course vector-search.',
    reason: 'not_purchased',
    course: 'vector-search',
    upgrade_url: `${UPGRADE_URL}?course=vector-search`,
  }])
})

test('a course opens at once after it was bought', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  // The refusal is not kept, though the cache is on.
  for (const status of [402, 402]) assert.equal((await app(NOTEBOOK, learner.headers)).status, status)
  await learner.buy('vector-search')
  assert.deepEqual((await app(NOTEBOOK, learner.headers)).body, { notebook: 'Building the index' })
  // It is this learner's alone.
  assert.equal((await app(NOTEBOOK, (await Learner.signIn()).headers)).status, 402)
})

test('a refund closes at once without the cache', async (t) => {
  const app = await serve(t, { cacheMs: 0 })
  const learner = await Learner.signIn()
  const payment = await learner.buy('vector-search')
  assert.equal((await app(NOTEBOOK, learner.headers)).status, 200)
  await refund(payment)
  await learner.waitFor(ACCESS, 'refunded')
  const answer = await app(NOTEBOOK, learner.headers)
  assert.deepEqual([answer.status, answer.body['reason']], [402, 'refunded'])
})

test('a refund closes within the minute of the cache', async (t) => {
  let now = 1000
  const app = await serve(t, { clock: () => now })
  const learner = await Learner.signIn()
  const payment = await learner.buy('vector-search')
  assert.equal((await app(NOTEBOOK, learner.headers)).status, 200)
  await refund(payment)
  await learner.waitFor(ACCESS, 'refunded')
  now += 59_999
  assert.equal((await app(NOTEBOOK, learner.headers)).status, 200)
  now += 1
  assert.equal((await app(NOTEBOOK, learner.headers)).status, 402)
})

test('a disputed course does not ask for payment', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  await dispute(await learner.buy('vector-search'))
  await learner.waitFor(ACCESS, 'disputed')
  const { status, body } = await app(NOTEBOOK, learner.headers)
  assert.deepEqual([status, body['code'], body['reason']], [403, 'access_denied', 'disputed'])
  assert.equal(body['upgrade_url'], `${UPGRADE_URL}?course=vector-search`)
})

test('a subscription opens the plan and its courses', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  const { status, body } = await app('/studio', learner.headers)
  assert.deepEqual([status, body['plan'], body['upgrade_url']], [402, 'premium', `${UPGRADE_URL}?plan=premium`])
  await learner.subscribe('premium')
  assert.deepEqual((await app('/studio', learner.headers)).body, { studio: 'open' })
  assert.equal((await app(NOTEBOOK, learner.headers)).status, 200)
})

test('another of the named plans opens, too', async (t) => {
  const app = await serve(t)
  const learner = await Learner.signIn()
  await learner.subscribe('plus')
  assert.equal((await app('/studio', learner.headers)).status, 200)
})
