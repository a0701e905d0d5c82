/** Limits the requests of a token that are in progress in this process at the same time. */
import type { RequestHandler } from 'express'
import type { Admitted } from './admitted.ts'
import { isExport } from './costs.ts'
import { answerRefusal } from './guard.ts'

const MOST = { exports: 2, calls: 4 } as const

/** Streams of events are not counted: they last, and cost little. */
export function limitAtOnce(): RequestHandler {
  const open = new Map<string, number>()
  return (req, res, next) => {
    const { tokenId } = res.locals as Admitted
    if (tokenId === null || /^\/events\/?$/i.test(req.path)) return next()
    const kind = isExport(req.path) ? 'exports' : 'calls'
    const key = `${kind} ${tokenId}`
    const count = open.get(key) ?? 0
    if (count >= MOST[kind]) return answerRefusal(req, res, tooManyAtOnce(kind))
    open.set(key, count + 1)
    res.on('close', () => {
      const left = (open.get(key) ?? 1) - 1
      if (left > 0) open.set(key, left)
      else open.delete(key)
    })
    next()
  }
}

function tooManyAtOnce(kind: keyof typeof MOST) {
  return {
    status: 429,
    title: `Too many ${kind} at once with this token`,
    paragraphs: [`Wait until one of the ${MOST[kind]} that are in progress has ended.`],
    retryAfter: 1,
  }
}
