// The school's learners, and Stripe's payment page as they fill it in.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

const { TUITION_API_URL: API = '', TUITION_IDP_URL: IDENTITY = '', TUITION_STRIPE_URL: STRIPE = '' } = process.env
if (!API || !IDENTITY || !STRIPE) throw new Error('No stack: run ../with_stack npm test')
export const apiUrl = API

const CARD = { method: 'card', card_number: '4242424242424242', exp: '12/40', cvc: '123' }
const DEADLINE_MS = 10_000

interface Because { reason: string; source: string }

/** Somebody new who is signed in. */
export class Learner {
  private constructor(readonly email: string, readonly token: string) {}

  static async signIn(): Promise<Learner> {
    const email = `${randomUUID()}@example.com`
    const answer = await json<{ id_token: string }>(`${IDENTITY}/token`, { method: 'POST', body: JSON.stringify({ email }), headers: JSON_TYPE })
    return new Learner(email, answer.id_token)
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` }
  }

  /** Buys the course by card. Returns the payment. */
  async buy(course: string): Promise<string> {
    await this.#pay({ course_id: course })
    return (await this.waitFor(`/courses/${course}/access`, 'purchased')).source
  }

  async subscribe(plan: string): Promise<void> {
    await this.#pay({ plan_id: plan })
    await this.waitFor(`/entitlements/${plan}`, 'subscribed')
  }

  /** Asks Tuition until the webhook has arrived. */
  async waitFor(path: string, reason: string): Promise<Because> {
    for (const deadline = Date.now() + DEADLINE_MS; ;) {
      const { because } = await this.ask<{ because: Because }>(path)
      if (because.reason === reason) return because
      assert.ok(Date.now() < deadline, `${path} is ${because.reason}, not ${reason}`)
      await pause(20)
    }
  }

  async minutesUsed(): Promise<number> {
    const usage = await this.ask<{ meters: { ai_minutes: { used: number } } }>('/usage')
    return usage.meters.ai_minutes.used
  }

  /** Tuition's own answer. */
  ask<T>(path: string, body?: object): Promise<T> {
    const post = body && { method: 'POST', body: JSON.stringify(body) }
    return json<T>(API + path, { ...post, headers: { ...this.headers, ...JSON_TYPE } })
  }

  async #pay(what: object): Promise<void> {
    const page = await this.ask<{ checkout_url: string }>('/checkout/sessions', what)
    const body = new URLSearchParams({ email: this.email, name: 'Ada', ...CARD })
    const answer = await fetch(page.checkout_url, { method: 'POST', body, redirect: 'manual' })
    assert.equal(answer.status, 303)
  }
}

const JSON_TYPE = { 'content-type': 'application/json' }

export async function refund(payment: string): Promise<void> {
  await atStripe('/v1/refunds', { payment_intent: payment })
}

export async function dispute(payment: string): Promise<void> {
  await atStripe('/_stand_in/disputes', { payment_intent: payment, kind: 'chargeback' })
}

async function atStripe(path: string, form: Record<string, string>): Promise<void> {
  const authorization = `Basic ${Buffer.from('sk_test_tuition:').toString('base64')}`
  await json(STRIPE + path, { method: 'POST', body: new URLSearchParams(form), headers: { authorization } })
}

async function json<T>(url: string, init: RequestInit): Promise<T> {
  const answer = await fetch(url, init)
  assert.ok(answer.ok, `${url} answers ${answer.status}`)
  return await answer.json() as T
}
