import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { inRequest } from '#app/config/request-id.server.ts'

/** Gives each request an id of its own. One that the client sends is not believed: it could be anybody's. */
export const nameRequest: RequestHandler = (_req, res, next) => {
  const id = randomUUID()
  res.locals.requestId = id
  res.set('X-Request-Id', id)
  inRequest(id, next)
}
