/**
 * Guards for Express routes: they ask Tuition's API with the learner's own token. Copy this file as it is.
 *
 *     const guard = createGuard({ apiUrl, upgradeUrl })
 *     app.get('/lessons/1', guard.requireCourse('vector-search'), handler)
 *     app.get('/studio', guard.requirePlan('premium', 'plus'), handler)
 *     app.post('/tutor', guard.metered('ai_minutes'), handler)
 *
 * README.md beside the application says what each answer means.
 */

import { createHash, randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'

export interface GuardOptions {
  /** Tuition's API. */
  apiUrl: string
  /** Your page on which learners buy. */
  upgradeUrl: string
  /** Lets requests through while Tuition does not answer. By default they are refused. */
  failOpen?: boolean
  /** For a whole call to Tuition; 2000. */
  timeoutMs?: number
  /** How long an answer that opens is kept, from 0 to 60000. */
  cacheMs?: number
  cacheEntries?: number
  /** Counts milliseconds, and never goes back. */
  clock?: () => number
  fetch?: typeof fetch
  log?: (level: 'error' | 'warn', message: string) => void
}

/** What the learner has used of a meter, after this request. */
export interface Meter {
  used: number
  limit: number | null
  period: string
  resets_at: string
  allowed: boolean
}

export interface Guard {
  /** Lets those through who may open the course. */
  requireCourse(course: string): RequestHandler
  /** Lets those through who have one of the plans. The first one is what `upgrade_url` offers. */
  requirePlan(plan: string, ...orPlans: string[]): RequestHandler
  /**
   * Counts so much of the meter before the handler works, or refuses. 0 asks whether one more is allowed.
   *
   * A request that repeats the caller's Idempotency-Key is not counted again, and let through again: answer it from what
   * your handler has kept, or set `callersKey: false`, which counts every request.
   * `res.locals.meter` is the `Meter`, or undefined when `failOpen` let the request through.
   */
  metered(meter: string, options?: { quantity?: number; callersKey?: boolean }): RequestHandler
}

// Closed for one of these reasons, a payment opens it: 402. For any other, also a new one, it may not: 403.
const OPENED_BY_PAYING = new Set([
  ...['not_purchased', 'refunded', 'payment_failed', 'grant_expired', 'trial_used'],
  ...['subscription_ended', 'subscription_incomplete', 'subscription_past_due', 'subscription_paused'],
])
const MAX_CACHE_MS = 60_000
const RETRY_SECONDS = 5

/** A refusal, sent as an RFC 9457 document. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly members: Record<string, string> = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(code)
  }

  send(res: Response): void {
    const document = { type: 'about:blank', title: STATUS_CODES[this.status], status: this.status, code: this.code }
    res.status(this.status).set(this.headers).type('application/problem+json')
    res.send(JSON.stringify({ ...document, detail: this.detail, ...this.members }))
  }
}

/** Tuition gave no answer that decides anything. */
class Unavailable extends Error {
  readonly retryAfter: string

  constructor(cause: string, retryAfter?: string | null) {
    super(cause)
    this.retryAfter = retryAfter && /^\d+$/.test(retryAfter) ? retryAfter : String(RETRY_SECONDS)
  }
}

export function createGuard(options: GuardOptions): Guard {
  const { cacheMs = MAX_CACHE_MS, cacheEntries = 10_000, timeoutMs = 2000, clock = () => performance.now() } = options
  if (!(cacheMs >= 0 && cacheMs <= MAX_CACHE_MS)) {
    throw new RangeError('cacheMs is from 0 to 60000: a refund has to close within a minute')
  }
  for (const url of [options.apiUrl, options.upgradeUrl]) {
    if (!/^https?:\/\/./.test(url)) throw new TypeError('apiUrl and upgradeUrl begin with https:// or http://')
  }
  const apiUrl = options.apiUrl.replace(/\/+$/, '')
  const call = options.fetch ?? fetch
  const log = options.log ?? ((level, message) => { console[level](message) })
  const allowed = new AllowedCache(cacheMs, cacheEntries)

  /** Runs a check, and answers in its stead when it refuses. */
  function middleware(what: string, check: (req: Request, res: Response) => Promise<void>): RequestHandler {
    return async (req, res, next) => {
      try {
        await check(req, res)
      } catch (error) {
        if (error instanceof Refusal) {
          error.send(res)
          return
        }
        if (!(error instanceof Unavailable)) throw error
        if (!options.failOpen) {
          log('warn', `Tuition gave no answer about ${what} (${error.message}); the request was refused`)
          const headers = { 'Retry-After': error.retryAfter }
          new Refusal(503, 'tuition_unavailable', 'Access cannot be checked now. Try again.', {}, headers).send(res)
          return
        }
        log('error', `Tuition gave no answer about ${what} (${error.message}); the request was let through`)
      }
      next()
    }
  }

  function require(kind: 'course' | 'plan', what: string, paths: string[]): RequestHandler {
    return middleware(what, async (req) => {
      const token = tokenOf(req)
      const reasons: string[] = []
      for (const path of paths) {
        const reason = await closedBecause(token, path)
        if (reason === undefined) return
        reasons.push(reason)
      }
      // Of several plans, the one that the learner has to do with says more.
      const reason = reasons.find((one) => one !== 'not_purchased') ?? 'not_purchased'
      const members = { reason, [kind]: what, upgrade_url: upgrade(kind, what) }
      if (OPENED_BY_PAYING.has(reason)) {
        throw new Refusal(402, 'payment_required', `This needs the ${kind} ${what}.`, members)
      }
      throw new Refusal(403, 'access_denied', `Paying would not open the ${kind} ${what} now.`, members)
    })
  }

  /** The reason, or undefined when it is open. */
  async function closedBecause(token: string, path: string): Promise<string | undefined> {
    const entry = createHash('sha256').update(`${token}\n${path}`).digest('base64')
    const askedAt = clock()
    if (allowed.holds(entry, askedAt)) return undefined
    const response = await ask(token, path)
    const access = read(response, path, 200, isAccess)
    if (!access.has_access) return access.because.reason
    allowed.keep(entry, askedAt, access.until)
    return undefined
  }

  async function consume(token: string, meter: string, quantity: number, key: string): Promise<Meter> {
    const path = `/usage/${encodeURIComponent(meter)}`
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    const response = await ask(token, path, { method: 'POST', headers, body: JSON.stringify({ quantity }) })
    if (response.status === 429) throw limitReached(meter, read(response, path, 429, isLimitReached).resets_at)
    if (response.status === 409) {
      throw new Refusal(409, 'idempotency_key_reused', 'The Idempotency-Key was used for something else.')
    }
    const answer = read(response, path, 200, isMeter)
    if (quantity === 0 && !answer.allowed) throw limitReached(meter, answer.resets_at)
    return answer
  }

  async function ask(token: string, path: string, init: Init = {}): Promise<Answer> {
    const headers = { ...init.headers, authorization: `Bearer ${token}` }
    try {
      // The signal is for the body, too.
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await call(apiUrl + path, { ...init, headers, redirect: 'manual', signal })
      if (response.status === 401) {
        await response.body?.cancel()
        throw unauthorized(response.headers.get('www-authenticate'))
      }
      return { status: response.status, retryAfter: response.headers.get('retry-after'), body: parsed(await response.text()) }
    } catch (error) {
      if (error instanceof Refusal) throw error
      throw new Unavailable(error instanceof Error ? error.name : 'unknown')
    }
  }

  function read<T>({ status, retryAfter, body }: Answer, path: string, expected: number, is: (body: unknown) => body is T): T {
    if (status === expected && is(body)) return body
    // API Gateway's own 429 has no code: too many requests of everybody together.
    if (status === expected || status === 429 || status >= 500) throw new Unavailable(`status ${status}`, retryAfter)
    // An unknown course, plan or meter, or a wrong apiUrl. `failOpen` is for outages; this stays closed.
    log('error', `Tuition answers ${status} to ${path}: the guard is misconfigured`)
    throw new Refusal(500, 'guard_misconfigured', 'The server is misconfigured.')
  }

  function limitReached(meter: string, resetsAt: string): Refusal {
    const seconds = Math.max(1, Math.ceil((Date.parse(resetsAt) - Date.now()) / 1000))
    const members = { meter, resets_at: resetsAt, upgrade_url: upgrade('meter', meter) }
    const detail = `That is more than is left of ${meter}. Nothing was counted.`
    return new Refusal(429, 'limit_reached', detail, members, { 'Retry-After': String(seconds) })
  }

  function upgrade(kind: string, what: string): string {
    const url = new URL(options.upgradeUrl)
    url.searchParams.set(kind, what)
    return url.href
  }

  return {
    requireCourse: (course) => require('course', course, [`/courses/${encodeURIComponent(course)}/access`]),
    requirePlan: (...plans) => require('plan', plans[0], plans.map((plan) => `/entitlements/${encodeURIComponent(plan)}`)),
    metered(meter, { quantity = 1, callersKey = true } = {}) {
      if (!Number.isInteger(quantity) || quantity < 0 || quantity > 1_000_000) {
        throw new RangeError('quantity is from 0 to a million')
      }
      return middleware(meter, async (req, res) => {
        const token = tokenOf(req)
        const key = callersKey ? keyOf(req) : undefined
        res.locals['meter'] = await consume(token, meter, quantity, key ?? randomUUID())
      })
    },
  }
}

/** Answers that open, and no others. The oldest one goes when it is full. */
class AllowedCache {
  readonly #expiry = new Map<string, number>()

  constructor(readonly ms: number, readonly entries: number) {}

  holds(entry: string, now: number): boolean {
    return (this.#expiry.get(entry) ?? now) > now
  }

  keep(entry: string, askedAt: number, until: string | null): void {
    const ms = until === null ? this.ms : Math.min(this.ms, Date.parse(until) - Date.now())
    if (!(ms > 0) || this.entries <= 0) return
    this.#expiry.delete(entry)
    for (const oldest of this.#expiry.keys()) {
      if (this.#expiry.size < this.entries) break
      this.#expiry.delete(oldest)
    }
    this.#expiry.set(entry, askedAt + ms)
  }
}

interface Init { method?: string; headers?: Record<string, string>; body?: string }
interface Answer { status: number; retryAfter: string | null; body: unknown }
interface Access { has_access: boolean; because: { reason: string }; until: string | null }

function tokenOf(req: Request): string {
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(req.get('authorization') ?? '')?.[1]
  if (token === undefined) throw unauthorized()
  return token
}

function keyOf(req: Request): string | undefined {
  const key = req.get('idempotency-key')
  if (key !== undefined && !/^[ -~]{1,255}$/.test(key)) {
    throw new Refusal(400, 'invalid_idempotency_key', 'It has 1 to 255 printable ASCII characters.')
  }
  return key
}

function unauthorized(challenge?: string | null): Refusal {
  return new Refusal(401, 'unauthorized', 'Sign in to do this.', {}, { 'WWW-Authenticate': challenge ?? 'Bearer' })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isInstant = (value: unknown): value is string => typeof value === 'string' && !Number.isNaN(Date.parse(value))
const isAccess = (body: unknown): body is Access =>
  isObject(body) && typeof body['has_access'] === 'boolean' && (body['until'] === null || isInstant(body['until'])) &&
  isObject(body['because']) && typeof body['because']['reason'] === 'string'
const isMeter = (body: unknown): body is Meter =>
  isObject(body) && typeof body['allowed'] === 'boolean' && typeof body['used'] === 'number' && isInstant(body['resets_at'])
const isLimitReached = (body: unknown): body is { resets_at: string } =>
  isObject(body) && body['code'] === 'limit_reached' && isInstant(body['resets_at'])
