/** `/auth/github`, which sends a browser to GitHub, and `/auth/github/callback`, to which GitHub sends it back. */
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { type AccessMode, hostnameOf, isSecure } from '#app/auth/access.ts'
import { sessionCookie, sessionValues } from '#app/auth/session.ts'
import type { Config } from '#app/config/env.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { ownAddress } from '#app/setup/address.ts'
import {
  beginAttempt,
  browserCookie,
  browserValueOf,
  newBrowserValue,
  redeemAttempt,
  verifierOf,
} from '#app/sign-in/attempts.ts'
import { CALLBACK_PATH } from '#app/sign-in/callback-path.ts'
import { finishSignIn } from '#app/sign-in/finish-sign-in.ts'
import {
  authorizeAddress,
  isOff,
  type OAuthApp,
  oauthAppOf,
  type SignInOff,
} from '#app/sign-in/oauth.ts'
import { ownPath } from '#app/sign-in/own-path.ts'
import { refusalOfHost } from '../access/admit.ts'
import { answerRefusal } from '../access/guard.ts'
import { linksBackTo } from '../access/refusal.ts'
import { isRefusal, type Strangers } from '../access/strangers.ts'
import type { Services } from '../services/services.ts'
import { FROM_ELSEWHERE, NOT_AGREED, noSignIn, refusalOf, STALE } from './refusals.ts'

const START_PATH = '/auth/github'

interface Door {
  mode: AccessMode
  strangers: Strangers
  /** Lets a request on when it is its turn. */
  turn: RequestHandler
}

type Opened = Door & Pick<Services, 'config' | 'database'>

export function signInRoutes(services: Services, door: Door): Router {
  const opened = { ...door, config: services.config, database: services.database }
  // Express handles HEAD with the GET handler by default. Link checkers send HEAD, which must not begin anything.
  const look: RequestHandler = (_req, res) => void res.status(204).end()
  const router = Router()
  for (const [path, handle] of [
    [START_PATH, start],
    [CALLBACK_PATH, finish],
  ] as const)
    router
      .head(path, look)
      .get(path, door.turn, (req, res, next) => void handle(opened, req, res).catch(next))
  return router
}

/** Answers what cannot be a part of a sign-in here. @returns the App, or null after an answer. */
async function appFor(
  { mode, config, database }: Opened,
  req: Request,
  res: Response,
): Promise<OAuthApp | null> {
  const refusal = refusalOfHost(req, mode)
  const app = refusal ? null : oauthAppOf(config, await readConnection(database.web, config))
  if (app && !isOff(app)) return app
  answerRefusal(req, res, refusal ?? noSignIn(app as SignInOff))
  return null
}

async function start(opened: Opened, req: Request, res: Response): Promise<void> {
  const app = await appFor(opened, req, res)
  if (!app) return
  const { config, database, strangers } = opened
  const returnTo = ownPath(textOf(req, 'return_to'))
  if (!/^(same-origin|none)$/.test(req.get('sec-fetch-site') ?? 'none'))
    return answerRefusal(req, res, { ...FROM_ELSEWHERE, links: linksBackTo(returnTo) })
  const home = homeOf(opened, req)
  // GitHub leads back to the address of the App, where another name of this machine has no cookie.
  if (home) return res.redirect(303, home)
  const secure = isSecure(config)
  const browser = browserValueOf(req.headers.cookie, secure) ?? newBrowserValue()
  let state = ''
  const limited = await strangers.lookUp(req, 'a sign-in', async () => {
    state = await beginAttempt(database.web, { browser, returnTo })
    return null
  })
  if (isRefusal(limited)) return answerRefusal(req, res, limited)
  const authorization = {
    ...{ state, verifier: verifierOf({ browser, state }), redirectUri: callbackOf(config, req) },
    asksAccount: textOf(req, 'account') === 'other',
  }
  res.set({ 'Set-Cookie': browserCookie(browser, secure), 'Cache-Control': 'no-store' })
  res.redirect(303, authorizeAddress(app, authorization))
}

async function finish(opened: Opened, req: Request, res: Response): Promise<void> {
  const app = await appFor(opened, req, res)
  if (!app) return
  const { config, database, strangers } = opened
  res.set('Cache-Control', 'no-store')
  const secure = isSecure(config)
  const state = textOf(req, 'state')
  const browser = browserValueOf(req.headers.cookie, secure) ?? ''
  const attempt = await strangers.lookUp(req, `state ${state}`, () =>
    redeemAttempt(database.web, { browser, state }),
  )
  if (isRefusal(attempt)) return answerRefusal(req, res, attempt)
  if (attempt === null) return answerRefusal(req, res, STALE)
  const links = linksBackTo(attempt.returnTo)
  const code = textOf(req, 'code')
  if (!/^[\w-]{1,256}$/.test(code)) return answerRefusal(req, res, { ...NOT_AGREED, links })
  const verifier = verifierOf({ browser, state })
  const signedIn = await finishSignIn(
    { db: database.web, config, app },
    {
      ...{ code, verifier, redirectUri: callbackOf(config, req) },
      replaced: sessionValues(req.headers.cookie, { secure }),
      userAgent: req.get('user-agent') ?? '',
    },
  )
  if (signedIn.kind !== 'session') return answerRefusal(req, res, { links, ...refusalOf(signedIn) })
  const cookie = sessionCookie(signedIn.value, { secure, days: config.SESSION_DAYS })
  res.set('Set-Cookie', [cookie, browserCookie(null, secure)]).redirect(303, attempt.returnTo)
}

function callbackOf({ PUBLIC_URL }: Config, req: Request): string {
  return new URL(CALLBACK_PATH, PUBLIC_URL ?? `http://${req.headers.host}`).href
}

/** Returns the same address at the host that the App knows, if it is another name of this machine. */
function homeOf({ mode, config }: Opened, req: Request): string | null {
  const home = new URL(ownAddress(config))
  const hostname = hostnameOf(req.headers.host)
  if (mode === 'link' || hostname === null || hostname === home.hostname) return null
  if (!config.PUBLIC_URL) home.port = new URL(`http://${req.headers.host}`).port
  return new URL(req.originalUrl, home).href
}

function textOf({ query }: Request, name: string): string {
  const value = query[name]
  return typeof value === 'string' ? value : ''
}
