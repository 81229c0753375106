// A small school backend whose routes are guarded.

import express, { type Express } from 'express'
import type { Guard, Meter } from './tuition-guard.js'

export function createApp(guard: Guard): Express {
  const app = express()
  app.disable('x-powered-by')

  app.get('/health', (_req, res) => {
    res.json({ status: 'ok' })
  })

  app.get('/notebooks/vector-search', guard.requireCourse('vector-search'), (_req, res) => {
    res.json({ notebook: 'Building the index' })
  })

  app.get('/studio', guard.requirePlan('premium', 'plus', 'enterprise'), (_req, res) => {
    res.json({ studio: 'open' })
  })

  app.post('/tutor', guard.metered('ai_minutes', { quantity: 10 }), (_req, res) => {
    const meter = res.locals['meter'] as Meter | undefined
    // Here the model would be asked.
    res.json({ answer: 'Measure before you ship.', used: meter?.used ?? null })
  })

  return app
}
