/** Checks the signatures of webhooks with the secrets of the moment. */
import { Webhooks } from '@octokit/webhooks'
import type { RequestHandler, Response } from 'express'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Connection } from '#app/github/connection/connection.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'

export interface Receiving {
  config: Config
  db: Queryable
  logger: Logger
}

/**
 * Returns the handler that goes first: it refuses a delivery, before its body is read, if no secret is
 * configured or if the secret cannot be read now.
 */
export function prepareSignatures({ config, db, logger }: Receiving): RequestHandler {
  const verifiersFor = openVerifiers()
  return async (_req, res, next) => {
    try {
      res.locals.verifiers = verifiersFor(await readConnection(db, config))
    } catch (error) {
      logger.warn({ err: error }, 'a delivery was refused: the webhook secret cannot be read')
      return tryAgain(res)
    }
    if (res.locals.verifiers.length > 0) return next()
    const message = 'Whence receives no webhooks: no webhook secret is configured'
    res.status(404).json({ message })
  }
}

/** Returns true if one of the secrets has signed the body. */
export async function isSigned(res: Response, body: string, signature: string): Promise<boolean> {
  const { verifiers } = res.locals as { verifiers: Webhooks[] }
  for (const verifier of verifiers) if (await verifier.verify(body, signature)) return true
  return false
}

/** GitHub keeps a delivery that is answered so. */
export function tryAgain(res: Response): void {
  res.status(503).set('Retry-After', '60').json({ message: 'Not stored: try again' })
}

/** Keeps the verifiers of a connection, which stays the same object until it changes. */
function openVerifiers() {
  const known = new WeakMap<Connection, Webhooks[]>()
  return (connection: Connection): Webhooks[] => {
    const { access, webhookSecrets } = connection
    if (access.kind === 'unreadable' && webhookSecrets.length === 0) throw new Error(access.message)
    const verifiers =
      known.get(connection) ?? webhookSecrets.map((secret) => new Webhooks({ secret }))
    known.set(connection, verifiers)
    return verifiers
  }
}
