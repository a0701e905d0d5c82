import type { Request, RequestHandler, Response } from 'express'
import { explainFailure } from '#app/api/answers.ts'
import { PROBLEM_TYPE, problemOf } from '#app/api/problems.ts'
import { hostnameOf, isOwnHost, isOwnWrite } from '#app/auth/access.ts'
import { operatorScope, type Scope } from '#app/auth/scope.ts'
import { holdsSession } from '#app/auth/session.ts'
import { findBearer } from '#app/auth/tokens.server.ts'
import type { Config } from '#app/config/env.server.ts'
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
  title: 'This request names no host',
  paragraphs: ['Whence needs a `Host` header.'],
}
const WRONG_HOST: Refusal = {
  status: 421,
  title: 'This is not the address of this Whence',
  paragraphs: [
    'It listens on this machine only, so it answers as `localhost` or `127.0.0.1`.',
    'To reach it under another name, set `PUBLIC_URL` to that address and start it again.',
  ],
}
const FOREIGN_WRITE: Refusal = {
  status: 403,
  title: 'Another site asked for this',
  paragraphs: [
    'Whence takes changes from its own pages only. Behind a proxy, `PUBLIC_URL` must be the address that people see.',
  ],
}
const NO_SESSION: Refusal = {
  status: 401,
  title: 'Sign in with the operator link',
  paragraphs: [
    'When it starts, Whence prints a link that begins with this address and `/operator?key=`. Open it in this browser.',
    'A link is good once, for an hour. Start Whence again to get a new one.',
    'A program sends a token, which `whence token create` makes, as `Authorization: Bearer …`.',
  ],
}
const BAD_TOKEN: Refusal = {
  status: 401,
  title: 'This token is not good',
  paragraphs: [
    'It is none, or was revoked. `whence token list` shows those in use, `whence token create` makes another.',
  ],
}

/** Who needs to show what: nothing on this machine, elsewhere a session signed with the secret. */
export type Access = { mode: 'local' } | { mode: 'link'; secret: string }

/**
 * Lets in the operator, and programs that show a token, and nobody else; says what the request may read
 * in `res.locals.scope`. What answers strangers too (health, webhooks) is mounted before it.
 */
export function guard(
  { config, database, logger }: Services,
  access: Access,
  rateLimit: RateLimit,
): RequestHandler {
  const secure = isSecure(config)

  function refusalOfHost({ headers: { host } }: Request): Refusal | null {
    if (hostnameOf(host) === null) return NO_HOST
    return access.mode === 'local' && !isOwnHost(host) ? WRONG_HOST : null
  }

  function refusalOfBrowser(req: Request): Refusal | null {
    const { host, origin, cookie } = req.headers
    const secFetchSite = req.get('sec-fetch-site')
    if (!isOwnWrite({ method: req.method, host, origin, secFetchSite }, config.PUBLIC_URL))
      return FOREIGN_WRITE
    if (access.mode === 'local') return null
    return holdsSession(cookie, { secure }, access.secret, Date.now()) ? null : NO_SESSION
  }

  /** No browser adds a token by itself, so where the request comes from does not matter. */
  async function admitBearer(token: string, res: Response): Promise<Scope | Refusal> {
    const bearer = await findBearer(database.pool, token)
    if (!bearer) return BAD_TOKEN
    const seconds = await rateLimit.count(bearer.tokenId, res)
    return seconds === null ? bearer.scope : tooMany(seconds)
  }

  async function admit(req: Request, res: Response): Promise<Scope | Refusal> {
    const refusal = refusalOfHost(req)
    if (refusal) return refusal
    const token = tokenOf(req)
    if (token !== null) return admitBearer(token, res)
    return refusalOfBrowser(req) ?? operatorScope()
  }

  return async (req, res, next) => {
    try {
      const admitted = await admit(req, res)
      if ('status' in admitted) return refuse(req, res, admitted)
      res.locals.scope = admitted
      next()
    } catch (error) {
      const { status, detail, mend } = explainFailure(logger, error)
      refuse(req, res, { status, title: detail, paragraphs: [mend] })
    }
  }
}

/** Other schemes are a proxy's own. */
function tokenOf(req: Request): string | null {
  const { authorization = '' } = req.headers
  return /^bearer(\s|$)/i.test(authorization) ? authorization.slice('bearer'.length).trim() : null
}

function tooMany(seconds: number): Refusal {
  return {
    status: 429,
    title: 'This token asks too often',
    paragraphs: [
      `Ask again in ${seconds} s. The setting API_RATE_LIMIT says how often is allowed.`,
    ],
    retryAfter: seconds,
  }
}

/** Cookies are bound to HTTPS when people come by it. */
export function isSecure(config: Pick<Config, 'PUBLIC_URL'>): boolean {
  return config.PUBLIC_URL?.startsWith('https:') ?? false
}

/** Answers a browser with a page, anything else with JSON: below `/api`, and to agents, with a problem. */
export function refuse(
  req: Request,
  res: Response,
  { status, title, paragraphs, retryAfter }: Refusal,
): void {
  res.status(status).set('Cache-Control', 'no-store')
  if (status === 401) res.set('WWW-Authenticate', challengeOf(req))
  if (retryAfter !== undefined) res.set('Retry-After', String(retryAfter))
  const mend = paragraphs.join(' ').replaceAll('`', '')
  if (isForPrograms(req))
    res.type(PROBLEM_TYPE).send(JSON.stringify(problemOf(status, title, mend)))
  else if (req.accepts(['json', 'html']) === 'html')
    res.type('html').send(plainPage({ title, paragraphs, nonce: res.locals.nonce }))
  else res.json({ error: title, mend })
}

function challengeOf(req: Request): string {
  if (tokenOf(req) !== null) return 'Bearer realm="Whence", error="invalid_token"'
  return isForPrograms(req) ? 'Bearer realm="Whence"' : 'OperatorLink realm="Whence"'
}

function isForPrograms({ path }: Request): boolean {
  return /^\/(api|mcp)(\/|$)/.test(path)
}
