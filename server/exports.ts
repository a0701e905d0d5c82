/**
 * `GET /api/v1/export/…`: streams rows from the database with backpressure. Remix ignores backpressure, so
 * these are not Remix routes.
 */
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { explainFailure } from '#app/api/answers.ts'
import {
  type AuditExport,
  type ExportName,
  type ExportRequest,
  readExport,
} from '#app/api/export-request.ts'
import type { Actor, AuditEntry } from '#app/audit/record-entry.ts'
import type { ReaderFor, ScopedReader } from '#app/auth/readers.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { AUDIT_FIELDS, readEntries } from '#app/exports/audit.ts'
import { conditionsOfExport } from '#app/exports/chosen-pulls.ts'
import { CODE_FIELDS, chooseCode, readCode, refuseWithoutCode } from '#app/exports/code.ts'
import { csvOptions } from '#app/exports/csv.ts'
import { EXPORT_LISTS } from '#app/exports/lists.ts'
import {
  type ExportRow,
  readConversations,
  readRows,
  refuseUnknown,
} from '#app/exports/read-rows.ts'
import type { Admitted } from './access/admitted.ts'
import { answerRefusal } from './access/guard.ts'

const TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' }

/** An entry of the audit log names this many repositories. */
const NAMED = 20

export interface Exports {
  routes: Router
  /** Aborts the exports in flight, at shutdown. */
  close(): void
}

/** @param record adds an entry to the audit log. */
export function openExports(
  readerFor: ReaderFor,
  logger: Logger,
  record: (entry: AuditEntry) => Promise<void>,
): Exports {
  const stopping = new AbortController()
  const give: RequestHandler = async (req, res) => {
    try {
      const request = readExport(req.params.list ?? '', queryOf(req))
      const rows = await beginAnswer(askingReader(readerFor, res.locals as Admitted), request)
      await record(entryOf(res.locals.actor, request))
      res.writeHead(200, {
        'Content-Type': TYPES[request.format],
        'Content-Disposition': `attachment; filename="whence-${request.list}.${request.format}"`,
        'Cache-Control': 'no-store',
      })
      await sendRows(rows, request, { res, signal: stopping.signal })
    } catch (error) {
      if (!res.headersSent) return refuseExport(logger, req, res, error)
      // The client sees a truncated response; if the client itself disconnected, nothing needs to be logged.
      if (!isReaderClosed(error)) logger.warn({ err: error }, 'an export broke off')
    }
  }
  const look: RequestHandler = (_req, res) => void res.status(200).end()
  const wrong: RequestHandler = (req, res) => {
    res.set('Allow', 'GET')
    answerRefusal(req, res, {
      status: 405,
      title: 'This address does not support that method',
      paragraphs: ['Use GET.'],
    })
  }
  const path = '/api/v1/export/:list'
  return {
    // Express handles HEAD with the GET handler by default, which would read everything.
    routes: Router().head(path, look).get(path, give).all(path, wrong),
    close: () => stopping.abort(new Error('Whence is stopping')),
  }
}

function entryOf(
  actor: Actor,
  { list, format, ...asked }: ExportRequest | AuditExport,
): AuditEntry {
  return {
    ...{ actor, action: 'export.read', installationId: null, subject: list },
    details: { format, ...('repo' in asked ? chosenOf(asked) : asked) },
  }
}

function chosenOf({ q, repo }: Pick<ExportRequest, 'q' | 'repo'>): AuditEntry['details'] {
  const repositories = { repositories: repo.slice(0, NAMED), of: repo.length }
  return { ...(q !== undefined && { q }), ...(repo.length > 0 && repositories) }
}

class AccessEndedError extends Error {
  override name = 'AccessEndedError'
}

/** Asks before each read whether the session or the token is still valid: a download can take hours. */
function askingReader(readerFor: ReaderFor, { scope, isStillIn }: Admitted): ScopedReader {
  const reader = readerFor(scope)
  return {
    ...reader,
    async run(work, statementMs) {
      if (!(await isStillIn())) throw new AccessEndedError('The access to this export has ended')
      return reader.run(work, statementMs)
    },
  }
}

/** Returns the rows after reading the first one, so that an early error can still get a proper response. */
async function beginAnswer(
  reader: ScopedReader,
  request: ExportRequest | AuditExport,
): Promise<AsyncGenerator<ExportRow>> {
  const rows = await openRows(reader, request)
  const first = await rows.next()
  async function* all(): AsyncGenerator<ExportRow> {
    if (first.done) return
    yield first.value
    yield* rows
  }
  return all()
}

async function openRows(
  reader: ScopedReader,
  request: ExportRequest | AuditExport,
): Promise<AsyncGenerator<ExportRow>> {
  if (request.list === 'audit') return readEntries(reader, request)
  const { list } = request
  return list === 'code' ? openCode(reader, request) : openList(reader, { ...request, list })
}

async function openList(
  reader: ScopedReader,
  { list, repo: repositories, q = '' }: ExportRequest & { list: ExportName | 'conversations' },
): Promise<AsyncGenerator<ExportRow>> {
  const chosen = { repositories, conditions: conditionsOfExport(q, reader.scope, new Date()) }
  await reader.run((db) => refuseUnknown(db, reader.scope, repositories))
  if (list === 'conversations') return readConversations(reader, chosen)
  return readRows(reader, { ...chosen, list })
}

async function openCode(
  reader: ScopedReader,
  { repo: repositories, q = '' }: ExportRequest,
): Promise<AsyncGenerator<ExportRow>> {
  const chosen = chooseCode(q, repositories)
  await reader.run((db) => refuseWithoutCode(db, reader, repositories))
  return readCode(reader, chosen)
}

function sendRows(
  rows: AsyncGenerator<ExportRow>,
  { list, format }: ExportRequest | AuditExport,
  { res, signal }: { res: Response; signal: AbortSignal },
): Promise<void> {
  const source = Readable.from(rows, { highWaterMark: 1 })
  const writer = format === 'csv' && list !== 'conversations' ? csvOf(list) : jsonLines()
  return pipeline(source, writer, res, { signal })
}

function jsonLines(): Transform {
  return new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform: (row: ExportRow, _encoding, done) => done(null, `${JSON.stringify(row)}\n`),
  })
}

function csvOf(list: keyof typeof EXPORT_LISTS | 'code' | 'audit'): Transform {
  return stringify(csvOptions(columnsOf(list)))
}

function columnsOf(list: keyof typeof EXPORT_LISTS | 'code' | 'audit'): string[] {
  if (list === 'audit') return AUDIT_FIELDS
  return Object.keys(list === 'code' ? CODE_FIELDS : EXPORT_LISTS[list].fields)
}

function queryOf(req: Request): URLSearchParams {
  return new URL(req.originalUrl, 'http://localhost').searchParams
}

function refuseExport(logger: Logger, req: Request, res: Response, error: unknown): void {
  const { status, detail, hint } = explainFailure(logger, error)
  answerRefusal(req, res, { status, title: detail, paragraphs: [hint] })
}

function isReaderClosed(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE'
}
