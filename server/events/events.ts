/** `GET /events`: server-sent events about the jobs that the viewer may see. */
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { databaseFailure } from '#app/database/failures.ts'
import type { Job } from '#app/ledger/views/job.ts'
import type { Admitted } from '../access/admitted.ts'
import { answerRefusal } from '../access/guard.ts'
import type { FeedEvent, Listener } from './audience.ts'
import type { JobFeed } from './job-feed.ts'

const HEARTBEAT_MS = 15_000
/** A client that reads nothing for this long is disconnected; its browser reconnects on its own. */
const TIMEOUT_MS = 120_000
const RETRY_MS = 1_000
/** How often a stream asks whether its session or token is still valid: who lost access hears nothing after 5 s. */
const ASK_MS = 4_000

export interface Events {
  routes: Router
  /** Ends every stream, at shutdown. */
  close(): void
}

/** Intervals of a stream in milliseconds, shortened by tests. */
export interface StreamTimes {
  heartbeatMs?: number | undefined
  askMs?: number | undefined
}

export function openEvents(
  feed: JobFeed,
  { heartbeatMs = HEARTBEAT_MS, askMs = ASK_MS }: StreamTimes = {},
): Events {
  const open = new Set<Response>()
  let closed = false

  const stream: RequestHandler = (req, res) => {
    const filter = filterOf(req)
    if (!filter) return answerRefusal(req, res, NO_NUMBER)
    if (closed) return void res.status(503).end()
    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies that buffer responses would delay the events.
      'X-Accel-Buffering': 'no',
    })
    open.add(res)
    const writer = openWriter(res)
    writer.raw(`retry: ${RETRY_MS}\n\n`)
    const { scope, isStillIn } = res.locals as Admitted
    const end = feed.listen(scope, {
      ...filter,
      receive: (event) => writer.put(...framesOf(event)),
    })
    const heartbeat = setInterval(writer.heartbeat, heartbeatMs)
    let isAsked = false
    const asking = setInterval(async () => {
      if (isAsked) return
      isAsked = true
      // While the database does not answer, the stream has nothing to tell.
      isAsked = !(await isStillIn().catch(isDatabaseAway))
      if (!isAsked) return
      end()
      writer.raw(framesOf({ type: 'ended', timestamp: new Date().toISOString() })[1])
      res.end()
    }, askMs)
    res.on('error', () => {})
    res.on('close', () => {
      clearInterval(heartbeat)
      clearInterval(asking)
      end()
      open.delete(res)
    })
  }

  return {
    // Express handles HEAD with the GET handler by default, which would never end.
    routes: Router()
      .head('/events', (_req, res) => void res.status(204).end())
      .get('/events', stream),
    close() {
      closed = true
      for (const res of open) res.end()
    },
  }
}

/** Any other error ends the stream: who cannot be admitted is not. */
function isDatabaseAway(error: unknown): boolean {
  return databaseFailure(error) !== null
}

const NO_NUMBER = {
  status: 422,
  title: 'installation and job must be numbers, and project a name',
  paragraphs: ['Use `/events?installation=1`, `/events?job=1` or `/events?project=core`.'],
}

function filterOf({ query }: Request): Omit<Listener, 'receive'> | null {
  const { installation: installationId = null, job: jobId = null, project = null } = query
  const isId = (value: unknown): value is string | null =>
    value === null || (typeof value === 'string' && /^\d{1,18}$/.test(value))
  if (!isId(installationId) || !isId(jobId)) return null
  return project === null || typeof project === 'string' ? { installationId, jobId, project } : null
}

/** Says that the stream is still there, or that it ends. */
interface Sign {
  type: 'heartbeat' | 'ended'
  timestamp: string
}

/** Formats an event for the wire. @returns its subject and its text. */
function framesOf(event: FeedEvent | Sign): [about: string, frame: string] {
  const { type, timestamp } = event
  switch (type) {
    case 'snapshot':
      return ['snapshot', frame(type, { type, timestamp, data: { jobs: event.jobs } })]
    case 'job':
      return [
        aboutOf(event.job),
        frame(type, { type, timestamp, data: event.job }, event.job) + progressOf(event),
      ]
    case 'outage': {
      const data = { message: 'The database does not answer; the next event is a snapshot.' }
      return ['outage', frame(type, { type, timestamp, data })]
    }
    case 'heartbeat':
      return ['heartbeat', frame(type, { type, timestamp, data: {} })]
    case 'ended': {
      const data = { message: 'The session or the token of this stream is no longer valid.' }
      return ['ended', frame(type, { type, timestamp, data })]
    }
  }
}

/** Tells how an ingest of code goes, in the words of its interface. */
function progressOf({ job, timestamp }: FeedEvent & { type: 'job' }): string {
  if (!job.ingest) return ''
  const { phase, currentFile } = job.ingest
  const { id: jobId, status, progress, error } = job
  const type = 'github:progress'
  const data = { jobId, status, progress, phase, currentFile, error }
  return frame(type, { type, timestamp, data })
}

function aboutOf(job: Job): string {
  return `${job.installation.id}/${job.id ?? 'none'}`
}

function frame(type: string, payload: unknown, job?: Job): string {
  const id = job ? `id: ${job.version}\n` : ''
  return `event: ${type}\n${id}data: ${JSON.stringify(payload)}\n\n`
}

/**
 * Writes as fast as the client reads. While the client reads nothing, only the latest state of each job is
 * kept, so that a slow client uses no more memory than one snapshot.
 */
function openWriter(res: Response) {
  const waiting = new Map<string, string>()
  let blockedSince: number | null = null

  function raw(text: string): void {
    if (res.writableEnded) return
    if (!res.write(text)) blockedSince ??= Date.now()
  }

  res.on('drain', () => {
    blockedSince = null
    for (const [about, text] of waiting) {
      if (blockedSince !== null) break
      waiting.delete(about)
      raw(text)
    }
  })

  return {
    raw,
    put(about: string, text: string) {
      if (res.writableEnded) return
      if (blockedSince === null) return raw(text)
      // A snapshot or an outage replaces everything pending.
      if (about === 'snapshot' || about === 'outage') waiting.clear()
      waiting.delete(about)
      waiting.set(about, text)
    },
    heartbeat() {
      if (blockedSince === null)
        raw(framesOf({ type: 'heartbeat', timestamp: new Date().toISOString() })[1])
      else if (Date.now() - blockedSince > TIMEOUT_MS) res.destroy()
    },
  }
}
