/** Refuses what no route should see: broken targets and hosts, unknown methods, long bodies. */
import type { IncomingMessage } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import { answerRefusal } from './guard.ts'
import type { Refusal } from './refusal.ts'

const BODY_LIMIT = 256 * 1024
/** No route has a longer path; the query may be longer. */
const LONGEST_PATH = 8_192
/** The upload goes on for this long, so that the sender reads the answer instead of a broken connection. */
const LINGER_MS = 1_000
const FORM = /^application\/x-www-form-urlencoded(;|$)/i
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

const WRONG_METHOD: Refusal = {
  status: 405,
  title: 'Whence does not know that method',
  paragraphs: [`Use one of ${METHODS.join(', ')}.`],
}
const WRONG_TARGET: Refusal = {
  status: 400,
  title: 'The address cannot be read',
  paragraphs: ['Send a path that begins with `/`, percent-encoded as UTF-8 and without U+0000.'],
}
const LONG_PATH: Refusal = {
  status: 414,
  title: 'The address is too long',
  paragraphs: [`Send a path of at most ${LONGEST_PATH} characters.`],
}
const TOO_LONG: Refusal = {
  status: 413,
  title: 'The body of the request is too long',
  paragraphs: [`Send at most ${BODY_LIMIT / 1024} KB.`],
}
const NOT_A_FORM: Refusal = {
  status: 415,
  title: 'This page accepts only its own forms',
  paragraphs: [
    'Send `application/x-www-form-urlencoded`. Programs use the addresses below `/api/v1`.',
  ],
}

/** Checks the request line and limits the body, whatever the route and whoever asks. */
export const checkRequest: RequestHandler = (req, res, next) => {
  if (!METHODS.includes(req.method)) {
    res.set('Allow', METHODS.join(', '))
    return answerRefusal(req, res, WRONG_METHOD)
  }
  if (req.method === 'OPTIONS' && req.url === '*')
    return void res.status(204).set('Allow', METHODS.join(', ')).end()
  if (req.path.length > LONGEST_PATH) return answerRefusal(req, res, LONG_PATH)
  if (!settleTarget(req)) return answerRefusal(req, res, WRONG_TARGET)
  countBody(req, () => refuseBody(req, res))
  if (Number(req.headers['content-length'] ?? 0) > BODY_LIMIT) return refuseBody(req, res)
  next()
}

/** Refuses a write to a page that is not a form; the routes of programs read their bodies by themselves. */
export const checkForm: RequestHandler = (req, res, next) => {
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  const isForProgram = /^\/api(\/|$)/.test(req.path)
  if (isRead || isForProgram || FORM.test(req.get('content-type') ?? '')) return next()
  answerRefusal(req, res, NOT_A_FORM)
}

/** Brings an absolute target (RFC 9112, 3.2.2) into the usual form. @returns false if the target is invalid. */
function settleTarget(req: Request): boolean {
  if (/^https?:\/\//i.test(req.url)) {
    if (!URL.canParse(req.url)) return false
    const { host, pathname, search } = new URL(req.url)
    req.headers.host = host
    req.url = req.originalUrl = pathname + search
  }
  const path = req.url.split('?', 1)[0] ?? ''
  return path.startsWith('/') && isDecodable(path) && !/%00/.test(path)
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** Counts a body as it arrives, whatever length was declared. Nothing past the limit reaches a reader. */
function countBody(req: IncomingMessage, refuse: () => void): void {
  const push = req.push.bind(req)
  let bytes = 0
  req.push = (chunk: Buffer | null, ...rest) => {
    const wasTooLong = bytes > BODY_LIMIT
    bytes += chunk?.length ?? 0
    if (bytes <= BODY_LIMIT) return push(chunk, ...rest)
    if (!wasTooLong) refuse()
    return true
  }
}

function refuseBody(req: Request, res: Response): void {
  if (!res.headersSent) answerRefusal(req, res, TOO_LONG)
  const linger = setTimeout(() => req.complete || req.destroy(), LINGER_MS)
  res.on('close', () => linger.unref())
}
