import type { Request, RequestHandler, Response } from 'express'
import { explainFailure, RETRY_SECONDS } from '#app/api/answers.ts'
import { READ_ONLY } from '#app/api/decisions.ts'
import { PROBLEM_TYPE, problemOf } from '#app/api/problems.ts'
import { mayChange } from '#app/auth/scope.ts'
import type { Services } from '../services/services.ts'
import { type Door, openAdmission, tokenOf } from './admit.ts'
import { isCodeQuery } from './costs.ts'
import { plainPage } from './plain-page.ts'
import type { Refusal } from './refusal.ts'

/**
 * Admits the operator, people who signed in, and programs with a valid token, and nobody else. Sets the fields of
 * `Admitted` in `res.locals`. Routes without authentication (health) are mounted before it.
 */
export function guard(services: Services, door: Door): RequestHandler {
  const admit = openAdmission(services, door)
  return async (req, res, next) => {
    try {
      const admitted = await admit(req, res)
      if ('status' in admitted) {
        if (!(await door.pace(req))) return void req.socket.destroy()
        return answerRefusal(req, res, admitted)
      }
      const isAllowed = isRead(req) || (admitted.person && isOwn(req)) || mayChange(admitted.scope)
      if (!isAllowed) return answerRefusal(req, res, admitted.person ? FOR_OPERATORS : NO_CHANGES)
      Object.assign(res.locals, admitted)
      // Both were checked here. Remix would compare one with the other, and take its port from the latter.
      delete req.headers.origin
      delete req.headers['x-forwarded-host']
      next()
    } catch (error) {
      const { status, detail, hint } = explainFailure(services.logger, error)
      answerRefusal(req, res, { status, title: detail, paragraphs: [hint] })
    }
  }
}

const NO_CHANGES: Refusal = {
  status: 403,
  title: READ_ONLY.title,
  paragraphs: [READ_ONLY.hint],
}

const FOR_OPERATORS: Refusal = {
  status: 403,
  title: 'You may only read here',
  paragraphs: ['Changes are for the owners of the account that installed the App.'],
}

/** Returns true for a request that changes only what a person has in Whence: sessions, tokens, preferences. */
function isOwn({ path }: Request): boolean {
  return /^\/(sign-out|account|connect|preferences)$/.test(path)
}

/**
 * Returns true for a request that changes nothing. The tools for agents and the queries of code read, although
 * they are posted.
 */
function isRead({ method, path }: Request): boolean {
  if (method === 'POST' && isCodeQuery(path)) return true
  return /^(GET|HEAD|OPTIONS)$/.test(method) || /^\/mcp\/?$/i.test(path)
}

/**
 * Responds with a page to browsers and with JSON to others: below `/api` and to agents, with problem details.
 */
export function answerRefusal(
  req: Request,
  res: Response,
  { status, title, paragraphs, links = [], retryAfter }: Refusal,
): void {
  res.status(status).set('Cache-Control', 'no-store')
  if (status === 401) res.set('WWW-Authenticate', challengeOf(req))
  const seconds = retryAfter ?? (status === 503 ? RETRY_SECONDS : null)
  if (seconds !== null) res.set('Retry-After', String(seconds))
  const hint = paragraphs.join(' ').replaceAll('`', '')
  // What arrives from the socket later, as a body that is too long, is no longer bound to the request.
  const { requestId } = res.locals as { requestId: string }
  if (isForPrograms(req))
    res.type(PROBLEM_TYPE).send(JSON.stringify(problemOf(status, title, hint, requestId)))
  else if (req.accepts(['json', 'html']) === 'html')
    res.type('html').send(plainPage({ title, paragraphs, links, nonce: res.locals.nonce }))
  else res.json({ error: title, hint, requestId })
}

function challengeOf(req: Request): string {
  if (tokenOf(req) !== null) return 'Bearer realm="Whence", error="invalid_token"'
  return isForPrograms(req) ? 'Bearer realm="Whence"' : 'OperatorLink realm="Whence"'
}

function isForPrograms({ path }: Request): boolean {
  return /^\/(api|mcp)(\/|$)/.test(path)
}
