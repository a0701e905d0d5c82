import { type RequestHandler, Router } from 'express'
import type { Health } from '#app/health/health.server.ts'

/**
 * `/healthz`: the process responds. `/readyz`: it can do its work; degraded if the queue is down.
 *
 * @param turn lets a request on when it is its turn, since anybody may ask.
 */
export function healthRoutes(health: Health, turn: RequestHandler): Router {
  const active: RequestHandler = (_req, res) => void res.json({ status: 'ok' })
  const ready: RequestHandler = async (_req, res) => {
    const [database, queue] = await Promise.all([health.database(), health.queue()])
    const reasons = [database, queue].flatMap((check) => (check.ok ? [] : check.reason))
    const status = !database.ok ? 'unavailable' : !queue.ok ? 'degraded' : 'ready'
    res.status(database.ok ? 200 : 503).json({
      status,
      database: database.ok ? 'ok' : 'down',
      queue: queue.ok ? 'ok' : 'down',
      ...(reasons.length > 0 && { reason: reasons.join('; ') }),
    })
  }
  const fresh: RequestHandler = (_req, res, next) => {
    res.set('Cache-Control', 'no-store')
    next()
  }
  return Router().get('/healthz', fresh, turn, active).get('/readyz', fresh, turn, ready)
}
