/** `POST /webhooks/github`: signature over the raw bytes, one insert, 202. Nothing else happens here. */
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import type { Queryable } from '#app/database/pool.server.ts'
import { WEBHOOK_PATH } from '#app/webhooks/hook/webhook-mode.ts'
import { type Inbox, openInbox } from '#app/webhooks/inbox.ts'
import { readEvent } from '#app/webhooks/read-event.ts'
import { hastenSweep } from '#app/webhooks/sweep/sweep-state.ts'
import { isSigned, prepareSignatures, type Receiving, tryAgain } from './webhook-secrets.ts'

/** GitHub sends no longer payload. */
const MOST_BYTES = 25 * 2 ** 20
/** Bytes of bodies at once; a stranger needs no signature to make Whence read a body. */
const MOST_BYTES_AT_ONCE = 8 * MOST_BYTES

const EVENT = /^[a-z0-9_]{1,64}$/
const GUID = /^[\w-]{1,64}$/

export function webhookRoutes(receiving: Receiving): Router {
  const { db, logger } = receiving
  const inbox = openCatchingUp(db)

  async function receive(req: Request, res: Response): Promise<void> {
    const { event, id, signature } = headersOf(req)
    if (!EVENT.test(event) || !GUID.test(id))
      return refuse(res, 400, 'X-GitHub-Event or X-GitHub-Delivery is missing or not valid')
    const body = Buffer.isBuffer(req.body) ? req.body.toString('utf8') : ''
    if (
      body === '' ||
      !/^sha256=[0-9a-f]{64}$/.test(signature) ||
      !(await isSigned(res, body, signature))
    )
      return refuse(res, 401, 'The signature X-Hub-Signature-256 does not fit the body')
    const payload = parse(body, req.get('content-type') ?? '')
    if (payload === undefined) return refuse(res, 400, 'The payload is not JSON')
    try {
      await inbox({ id, event, ...readEvent(event, payload) })
    } catch (error) {
      logger.warn({ err: error, delivery: id, event }, 'a delivery could not be stored')
      return tryAgain(res)
    }
    res.status(202).json({ status: 'accepted' })
  }

  function refuse(res: Response, status: number, message: string): void {
    logger.warn({ status }, `a delivery was refused: ${message}`)
    res.status(status).json({ message })
  }

  const tooLong: ErrorRequestHandler = (error, _req, res, next) => {
    const { status } = error as { status?: unknown }
    if (typeof status !== 'number' || res.headersSent) return next(error)
    refuse(res, status, (error as Error).message)
  }
  return Router()
    .post(
      WEBHOOK_PATH,
      prepareSignatures(receiving),
      limitBodies(),
      express.raw({ type: () => true, limit: MOST_BYTES, inflate: false }),
      receive,
    )
    .use(WEBHOOK_PATH, tooLong)
}

/** Opens an inbox that has what GitHub could not deliver during an outage of the database collected right after. */
function openCatchingUp(db: Queryable): Inbox {
  const inbox = openInbox(db)
  let hasMissed = false
  return async (delivery) => {
    try {
      await inbox(delivery)
    } catch (error) {
      hasMissed = true
      throw error
    }
    if (!hasMissed) return
    hasMissed = false
    // Without it the sweep only comes later, so this delivery is not refused; the next one tries again.
    await hastenSweep(db).catch(() => {
      hasMissed = true
    })
  }
}

/** Refuses bodies while too many bytes of others are being read. */
function limitBodies() {
  let bytes = 0
  return (req: Request, res: Response, next: () => void): void => {
    const own = Math.min(MOST_BYTES, Number(req.get('content-length') ?? MOST_BYTES))
    if (bytes + own > MOST_BYTES_AT_ONCE)
      return void res.status(503).set('Retry-After', '10').json({ message: 'Too many at once' })
    bytes += own
    res.once('close', () => {
      bytes -= own
    })
    next()
  }
}

function headersOf(req: Request): { event: string; id: string; signature: string } {
  return {
    event: req.get('x-github-event') ?? '',
    id: req.get('x-github-delivery') ?? '',
    signature: req.get('x-hub-signature-256') ?? '',
  }
}

/** @returns undefined if the body is not JSON. */
function parse(body: string, contentType: string): unknown {
  const isForm = contentType.startsWith('application/x-www-form-urlencoded')
  const json = isForm ? (new URLSearchParams(body).get('payload') ?? '') : body
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
