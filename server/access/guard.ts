import type { Request, RequestHandler, Response } from 'express'
import { explainFailure } from '#app/api/answers.ts'
import { READ_ONLY } from '#app/api/decisions.ts'
import { PROBLEM_TYPE, problemOf } from '#app/api/problems.ts'
import type { Actor } from '#app/audit/record-entry.ts'
import {
  hostnameOf,
  isForeignRead,
  isForwarded,
  isOwnHost,
  isOwnWrite,
  isSecure,
} from '#app/auth/access.ts'
import { mayChange, operatorScope, type Scope } from '#app/auth/scope.ts'
import { holdsSession } from '#app/auth/session.ts'
import { findBearer } from '#app/auth/tokens.server.ts'
import type { Services } from '../services/services.ts'
import { plainPage } from './plain-page.ts'
import type { RateLimit } from './rate-limit.ts'

export interface Refusal {
  status: number
  title: string
  paragraphs: string[]
  /** Seconds. */
  retryAfter?: number
}

const NO_HOST: Refusal = {
  status: 400,
  title: 'The request has no host',
  paragraphs: ['Send a `Host` header.'],
}
const WRONG_HOST: Refusal = {
  status: 421,
  title: 'Whence does not answer at this address',
  paragraphs: [
    'It listens on this machine only, at `localhost` and `127.0.0.1`.',
    'To use another address, set `PUBLIC_URL` to it and restart Whence.',
  ],
}
const FORWARDED: Refusal = {
  status: 421,
  title: 'Whence does not answer through a proxy',
  paragraphs: [
    'The request has headers that a proxy adds, and everybody who reaches the proxy would be the operator.',
    'Set `PUBLIC_URL` to the address that people see, and restart Whence.',
  ],
}
const FOREIGN_READ: Refusal = {
  status: 403,
  title: 'The request came from a page of another site',
  paragraphs: [
    'Links to the pages of Whence work from everywhere; other sites cannot load anything else.',
  ],
}
const FOREIGN_WRITE: Refusal = {
  status: 403,
  title: 'The request came from another site',
  paragraphs: [
    'Whence accepts changes only from its own pages. Behind a proxy, set `PUBLIC_URL` to the address that people see.',
  ],
}
const NO_SESSION: Refusal = {
  status: 401,
  title: 'Sign in with the operator link',
  paragraphs: [
    'When Whence starts, it prints a link with this address and `/operator?key=`. Open that link in this browser.',
    'A link works once, within an hour. To get a new link, restart Whence.',
    'Programs send a token, created by `whence token create`, as `Authorization: Bearer …`.',
  ],
}
const BAD_TOKEN: Refusal = {
  status: 401,
  title: 'The token is not valid',
  paragraphs: [
    'It is unknown, or it was revoked. `whence token list` shows the tokens; `whence token create` creates another.',
  ],
}

const EXPIRED_TOKEN: Refusal = {
  status: 401,
  title: 'The token has expired',
  paragraphs: [
    '`whence token list` shows when each token expires; `whence token create` creates another.',
  ],
}

/** Who was admitted, for the audit log, and what they may read. */
interface Admitted {
  scope: Scope
  actor: Actor
}

/** Access control: none on this machine, otherwise a session signed with the secret. */
export type Access = { mode: 'local' } | { mode: 'link'; secret: string }

/**
 * Admits the operator and programs with a valid token, and nobody else. Sets `res.locals.scope` and
 * `res.locals.actor`. Routes without authentication (health) are mounted before it.
 */
export function guard(
  { config, database, logger }: Services,
  access: Access,
  rateLimit: RateLimit,
): RequestHandler {
  const secure = isSecure(config)

  function refusalOfHost({ headers }: Request): Refusal | null {
    if (hostnameOf(headers.host) === null) return NO_HOST
    if (access.mode === 'link') return null
    if (!isOwnHost(headers.host)) return WRONG_HOST
    return isForwarded(headers) ? FORWARDED : null
  }

  function refusalOfBrowser(req: Request): Refusal | null {
    const { host, origin, cookie } = req.headers
    const secFetchSite = req.get('sec-fetch-site')
    if (!isOwnWrite({ method: req.method, host, origin, secFetchSite }, config.PUBLIC_URL))
      return FOREIGN_WRITE
    const [mode, dest] = [req.get('sec-fetch-mode'), req.get('sec-fetch-dest')]
    if (isForeignRead({ method: req.method, path: req.path, site: secFetchSite, mode, dest }))
      return FOREIGN_READ
    if (access.mode === 'local') return null
    return holdsSession(cookie, { secure }, access.secret, Date.now()) ? null : NO_SESSION
  }

  /** Browsers do not send a token on their own, so the origin of the request is irrelevant. */
  async function admitBearer(token: string, res: Response): Promise<Admitted | Refusal> {
    const bearer = await findBearer(database.pool, token)
    if (bearer === 'expired') return EXPIRED_TOKEN
    if (!bearer) return BAD_TOKEN
    const seconds = await rateLimit.count(bearer.tokenId, res)
    if (seconds !== null) return tooMany(seconds)
    return { scope: bearer.scope, actor: `token ${bearer.name}` }
  }

  async function admit(req: Request, res: Response): Promise<Admitted | Refusal> {
    const refusal = refusalOfHost(req)
    if (refusal) return refusal
    const token = tokenOf(req)
    if (token !== null) return admitBearer(token, res)
    return refusalOfBrowser(req) ?? { scope: operatorScope(), actor: 'operator' }
  }

  return async (req, res, next) => {
    try {
      const admitted = await admit(req, res)
      if ('status' in admitted) return answerRefusal(req, res, admitted)
      if (!mayChange(admitted.scope) && !isRead(req)) return answerRefusal(req, res, NO_CHANGES)
      Object.assign(res.locals, admitted)
      // Both were checked here. Remix would compare one with the other, and take its port from the latter.
      delete req.headers.origin
      delete req.headers['x-forwarded-host']
      next()
    } catch (error) {
      const { status, detail, hint } = explainFailure(logger, error)
      answerRefusal(req, res, { status, title: detail, paragraphs: [hint] })
    }
  }
}

const NO_CHANGES: Refusal = {
  status: 403,
  title: READ_ONLY.title,
  paragraphs: [READ_ONLY.hint],
}

/** Returns true for a request that changes nothing. The tools for agents read, although they are posted. */
function isRead({ method, path }: Request): boolean {
  return /^(GET|HEAD|OPTIONS)$/.test(method) || /^\/mcp\/?$/i.test(path)
}

/** Returns the bearer token. Other authentication schemes may belong to a proxy. */
function tokenOf(req: Request): string | null {
  const { authorization = '' } = req.headers
  return /^bearer(\s|$)/i.test(authorization) ? authorization.slice('bearer'.length).trim() : null
}

function tooMany(seconds: number): Refusal {
  return {
    status: 429,
    title: 'Too many requests with this token',
    paragraphs: [
      `Try again in ${seconds} s. API_RATE_LIMIT sets the number of requests per minute.`,
    ],
    retryAfter: seconds,
  }
}

/**
 * Responds with a page to browsers and with JSON to others: below `/api` and to agents, with problem details.
 */
export function answerRefusal(
  req: Request,
  res: Response,
  { status, title, paragraphs, retryAfter }: Refusal,
): void {
  res.status(status).set('Cache-Control', 'no-store')
  if (status === 401) res.set('WWW-Authenticate', challengeOf(req))
  if (retryAfter !== undefined) res.set('Retry-After', String(retryAfter))
  const hint = paragraphs.join(' ').replaceAll('`', '')
  if (isForPrograms(req))
    res.type(PROBLEM_TYPE).send(JSON.stringify(problemOf(status, title, hint)))
  else if (req.accepts(['json', 'html']) === 'html')
    res.type('html').send(plainPage({ title, paragraphs, nonce: res.locals.nonce }))
  else res.json({ error: title, hint })
}

function challengeOf(req: Request): string {
  if (tokenOf(req) !== null) return 'Bearer realm="Whence", error="invalid_token"'
  return isForPrograms(req) ? 'Bearer realm="Whence"' : 'OperatorLink realm="Whence"'
}

function isForPrograms({ path }: Request): boolean {
  return /^\/(api|mcp)(\/|$)/.test(path)
}
