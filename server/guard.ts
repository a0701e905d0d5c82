import type { Request, RequestHandler, Response } from 'express'
import { hostnameOf, isOwnHost, isOwnWrite } from '#app/auth/access.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { holdsSession } from '#app/auth/session.ts'
import type { Config } from '#app/env.server.ts'
import { plainPage } from './plain-page.ts'

export interface Refusal {
  status: number
  title: string
  paragraphs: string[]
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
  ],
}

/** Who needs to show what: nothing on this machine, elsewhere a session signed with the secret. */
export type Access = { mode: 'local' } | { mode: 'link'; secret: string }

/**
 * Lets in the operator and nobody else, and says what the request may read in `res.locals.scope`. What
 * answers strangers too (health, webhooks) is mounted before it.
 */
export function guard(config: Config, access: Access): RequestHandler {
  const secure = isSecure(config)

  function refusalFor(req: Request): Refusal | null {
    const { host, origin, cookie } = req.headers
    const secFetchSite = req.get('sec-fetch-site')
    if (hostnameOf(host) === null) return NO_HOST
    if (access.mode === 'local' && !isOwnHost(host)) return WRONG_HOST
    if (!isOwnWrite({ method: req.method, host, origin, secFetchSite }, config.PUBLIC_URL))
      return FOREIGN_WRITE
    if (access.mode === 'local') return null
    return holdsSession(cookie, { secure }, access.secret, Date.now()) ? null : NO_SESSION
  }

  return (req, res, next) => {
    const refusal = refusalFor(req)
    if (refusal) return refuse(req, res, refusal)
    res.locals.scope = operatorScope()
    next()
  }
}

/** Cookies are bound to HTTPS when people come by it. */
export function isSecure(config: Pick<Config, 'PUBLIC_URL'>): boolean {
  return config.PUBLIC_URL?.startsWith('https:') ?? false
}

/** Answers a browser with a page, anything else with JSON, and below `/api` always as the API does. */
export function refuse(req: Request, res: Response, { status, title, paragraphs }: Refusal): void {
  res.status(status).set('Cache-Control', 'no-store')
  if (status === 401) res.set('WWW-Authenticate', 'OperatorLink realm="Whence"')
  const mend = paragraphs.join(' ').replaceAll('`', '')
  if (req.path.startsWith('/api/')) res.json({ error: { message: title, mend } })
  else if (req.accepts(['json', 'html']) === 'html')
    res.type('html').send(plainPage({ title, paragraphs, nonce: res.locals.nonce }))
  else res.json({ error: title, mend })
}
