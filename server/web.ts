/** The web process: middleware and routes, in order. */
import express, { type ErrorRequestHandler, type Express } from 'express'
import { explainUnavailable } from '#app/api/answers.ts'
import { openDecisions } from '#app/api/decisions.ts'
import { whereToLook } from '#app/api/problems.ts'
import { recordEntry } from '#app/audit/record-entry.ts'
import { accessMode } from '#app/auth/access.ts'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { openReaders } from '#app/auth/readers.server.ts'
import { openColours } from '#app/code/colours/open-colours.ts'
import { openCodeSearch } from '#app/code/search/open-code-search.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { warnOf } from '#app/database/failures.ts'
import { EXPORT } from '#app/database/reader.server.ts'
import { openGithub } from '#app/github/client.ts'
import { openHealth } from '#app/health/health.server.ts'
import { openSearch } from '#app/search/open-search.ts'
import { openPeople } from '#app/sign-in/people.ts'
import { hastenSweep } from '#app/webhooks/sweep/sweep-state.ts'
import { openWhy } from '#app/why/explain-lines.ts'
import { openMargin } from '#app/why/read-margin.ts'
import { limitAtOnce } from './access/at-once.ts'
import { checkRequest } from './access/check-request.ts'
import { answerRefusal, guard } from './access/guard.ts'
import { nameRequest } from './access/name-request.ts'
import { operatorRoutes } from './access/operator.ts'
import { openPace, paced } from './access/pace.ts'
import { projectAddresses } from './access/project-addresses.ts'
import { openRateLimit } from './access/rate-limit.ts'
import { securityHeaders } from './access/security-headers.ts'
import { sessionRoutes } from './access/session-routes.ts'
import { setupPolicy } from './access/setup-policy.ts'
import { openStrangers } from './access/strangers.ts'
import { openEvents, type StreamTimes } from './events/events.ts'
import { openJobFeed } from './events/job-feed.ts'
import { openExports } from './exports.ts'
import { healthRoutes } from './health.ts'
import { type Listening, listen } from './listen.ts'
import { mcpRoutes } from './mcp.ts'
import { metricsRoutes } from './metrics.ts'
import { pages } from './pages.ts'
import type { Services } from './services/services.ts'
import { signInRoutes } from './sign-in/sign-in-routes.ts'
import { webhookRoutes } from './webhooks.ts'

export interface Web extends Listening {
  /** Signs in the first visitor; null if access is local. May be printed, but never logged. */
  operatorLink: string | null
}

/** @throws OperatorError if the pages are not built or the address is not available. */
export async function startWeb(services: Services, times: StreamTimes = {}): Promise<Web> {
  const { config, database } = services
  const { app, hangUp } = await createWeb(services, times)
  const { url, close: drain } = await listen(app, config).catch(async (error) => {
    await hangUp()
    throw error
  })
  await hastenSweep(database.vital).catch((error: unknown) =>
    warnOf(services.logger, error, 'the deliveries of the time before are collected later'),
  )
  async function close(): Promise<void> {
    // Streams only end when closed here, so they are closed while no new requests are accepted.
    const drained = drain()
    await hangUp()
    await drained
  }
  const listening = { url, close }
  if (accessMode(config) === 'local') return { ...listening, operatorLink: null }
  try {
    const link = new URL('/operator', config.PUBLIC_URL ?? listening.url)
    link.searchParams.set('key', await createOperatorKey(await database.prisma()))
    return { ...listening, operatorLink: link.href }
  } catch (error) {
    await listening.close()
    throw error
  }
}

/** Creates the app without binding an address; `hangUp` ends the endless responses. */
async function createWeb(
  services: Services,
  times: StreamTimes,
): Promise<{ app: Express; hangUp: () => Promise<void> }> {
  const { config, database, queues, logger } = services
  const health = openHealth(database, queues)
  const mode = accessMode(config)
  const feed = openJobFeed(database, logger)
  const events = openEvents(feed, times)
  const readerFor = openReaders(database)
  const exports = openExports(openReaders(database, EXPORT), logger, async (entry) =>
    recordEntry(await database.prisma(), entry),
  )
  const searches = {
    search: openSearch(config),
    searchCode: openCodeSearch(config),
    why: openWhy(config),
  }
  const colours = openColours()
  const { prisma, web: pool } = database
  const github = openGithub({ pool, config, logger })
  const decisionsFor = openDecisions({ pool, prisma, config, logger, github })
  const margin = openMargin(config)
  const context = { config, logger, health, ...searches, margin, colour: colours.colour }
  const routes = await pages({ ...context, readerFor, decisionsFor })
  const rateLimit = await openRateLimit(services)
  const strangers = openStrangers(config.TRUSTED_PROXIES)
  const pace = openPace(config.TRUSTED_PROXIES)
  const people = openPeople({ db: pool, config, logger })

  const app = express()
    .disable('x-powered-by')
    .use(nameRequest)
    .use(projectAddresses)
    .use(securityHeaders(config.PUBLIC_URL))
    .use(webhookRoutes({ config, db: database.vital, logger }))
    .use(checkRequest)
    .use(healthRoutes(health, paced(pace)))
  if (mode === 'link') app.use(operatorRoutes(services, strangers, paced(pace)))
  app
    .use(signInRoutes(services, { mode, strangers, turn: paced(pace) }))
    .use(guard(services, { mode, rateLimit, strangers, pace, people }))
    .use(sessionRoutes(services))
    .use(setupPolicy(services))
    .use(limitAtOnce())
    .use(metricsRoutes(services))
    .use(events.routes)
    .use(exports.routes)
    .use(mcpRoutes({ readerFor, ...searches, logger, rateLimit }))
    .use(routes)
    .use(answerFailure(logger))
  async function hangUp(): Promise<void> {
    events.close()
    exports.close()
    rateLimit.close()
    await Promise.all([feed.close(), colours.close()])
  }
  return { app, hangUp }
}

function answerFailure(logger: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    // A body that was too long has its answer, and whoever was reading it fails.
    if (res.writableEnded && res.statusCode === 413) return
    const { status } = error as { status?: unknown }
    if (typeof status === 'number' && status >= 400 && status < 500 && !res.headersSent)
      return answerRefusal(req, res, { ...NOT_UNDERSTOOD, status })
    const unavailable = explainUnavailable(logger, error)
    if (unavailable && !res.headersSent)
      return answerRefusal(req, res, {
        status: 503,
        title: unavailable.detail,
        paragraphs: [unavailable.hint],
      })
    logger.error(
      {
        err: error,
        requestId: res.locals.requestId,
        method: req.method,
        path: req.path.slice(0, 200),
      },
      'a request failed',
    )
    if (res.headersSent) return next(error)
    answerRefusal(req, res, {
      status: 500,
      title: 'Whence could not answer this request',
      paragraphs: [whereToLook(res.locals.requestId), 'Try again in a moment.'],
    })
  }
}

const NOT_UNDERSTOOD = {
  title: 'Whence does not understand this request',
  paragraphs: ['Check the address and the headers.'],
}
