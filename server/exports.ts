/**
 * `GET /api/v1/export/…`: rows as they come from the database, no faster than they are taken. Remix
 * writes an answer without waiting for its reader, so these are no routes of its.
 */
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { explainFailure } from '#app/api/answers.ts'
import { type AskedExport, readExport } from '#app/api/asked-export.ts'
import type { ReaderFor, ScopedReader } from '#app/auth/readers.server.ts'
import type { Scope } from '#app/auth/scope.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { conditionsOfExport } from '#app/exports/chosen-pulls.ts'
import { LISTS } from '#app/exports/lists.ts'
import {
  type ExportRow,
  readConversations,
  readRows,
  refuseUnknown,
} from '#app/exports/read-rows.ts'
import { refuse } from './access/guard.ts'

const TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' }

export interface Exports {
  routes: Router
  /** Breaks off those under way, as the process ends. */
  close(): void
}

export function openExports(readerFor: ReaderFor, logger: Logger): Exports {
  const stopping = new AbortController()
  const give: RequestHandler = async (req, res) => {
    try {
      const asked = readExport(req.params.list ?? '', queryOf(req))
      const rows = await begin(readerFor(res.locals.scope as Scope), asked)
      res.writeHead(200, {
        'Content-Type': TYPES[asked.format],
        'Content-Disposition': `attachment; filename="whence-${asked.list}.${asked.format}"`,
        'Cache-Control': 'no-store',
      })
      await send(rows, asked, { res, signal: stopping.signal })
    } catch (error) {
      if (!res.headersSent) return refuseExport(logger, req, res, error)
      // The reader sees the answer break off; when it was the reader who left, nobody does.
      if (!isReaderGone(error)) logger.warn({ err: error }, 'an export broke off')
    }
  }
  const look: RequestHandler = (_req, res) => void res.status(200).end()
  const wrong: RequestHandler = (req, res) => {
    res.set('Allow', 'GET')
    refuse(req, res, {
      status: 405,
      title: 'This address does not support that method',
      paragraphs: ['Use GET.'],
    })
  }
  const path = '/api/v1/export/:list'
  return {
    // Express answers HEAD by the handler of GET, which would read everything.
    routes: Router().head(path, look).get(path, give).all(path, wrong),
    close: () => stopping.abort(new Error('Whence is stopping')),
  }
}

/** The rows, of which the first is there already: what fails so early can still be told. */
async function begin(
  reader: ScopedReader,
  { list, repo: repositories, q = '' }: AskedExport,
): Promise<AsyncGenerator<ExportRow>> {
  const chosen = { repositories, conditions: conditionsOfExport(q, new Date()) }
  await reader.run((db) => refuseUnknown(db, reader.scope, repositories))
  const rows =
    list === 'conversations'
      ? readConversations(reader, chosen)
      : readRows(reader, { ...chosen, list })
  const first = await rows.next()
  async function* all(): AsyncGenerator<ExportRow> {
    if (first.done) return
    yield first.value
    yield* rows
  }
  return all()
}

function send(
  rows: AsyncGenerator<ExportRow>,
  { list, format }: AskedExport,
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

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
function csvOf(list: keyof typeof LISTS): Transform {
  return stringify({
    header: true,
    columns: Object.keys(LISTS[list].fields),
    escape_formulas: true,
    // Else a lone line end would stand bare, and begin a row for many a reader.
    quoted_string: true,
    record_delimiter: 'windows',
    cast: { date: (moment) => moment.toISOString(), boolean: String },
  })
}

function queryOf(req: Request): URLSearchParams {
  return new URL(req.originalUrl, 'http://localhost').searchParams
}

function refuseExport(logger: Logger, req: Request, res: Response, error: unknown): void {
  const { status, detail, mend } = explainFailure(logger, error)
  refuse(req, res, { status, title: detail, paragraphs: [mend] })
}

function isReaderGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE'
}
