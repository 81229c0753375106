// Runs the application with a guard on a free port, for one test.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { createApp } from '../src/app.js'
import { createGuard, type GuardOptions } from '../src/tuition-guard.js'
import { apiUrl } from './school.js'

export const UPGRADE_URL = 'https://school.example/pricing'

export interface Reply { status: number; headers: Headers; body: Record<string, unknown> }
export type App = (path: string, headers?: Record<string, string>) => Promise<Reply>

/** `/tutor` is posted to, everything else is read. */
export async function serve(t: TestContext, options: Partial<GuardOptions> = {}): Promise<App> {
  const server = createApp(createGuard({ apiUrl, upgradeUrl: UPGRADE_URL, ...options })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return async (path, headers = {}) => {
    const method = path === '/tutor' ? 'POST' : 'GET'
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers })
    return { status: answer.status, headers: answer.headers, body: await answer.json() as Record<string, unknown> }
  }
}
