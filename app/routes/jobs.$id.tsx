import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { LIVE } from '#app/components/layout/live-handle.ts'
import { HistoryTable } from '#app/components/runs/history-table.tsx'
import { idBefore, readLogEdge, readLogFilter } from '#app/components/runs/read-log-address.ts'
import { RunLogSection } from '#app/components/runs/run-log.tsx'
import { TimesTable } from '#app/components/runs/times-table.tsx'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { readLog } from '#app/ledger/views/run-log.ts'
import { readTimes } from '#app/ledger/views/run-times.ts'
import { searchLog } from '#app/ledger/views/search-log.ts'

const PAGE = 200

export const handle = LIVE

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `Job ${data.job.id} of ${data.job.installation.account} · Whence` : 'Whence' },
]

/** @throws Response 404 without such a job, 503 if the database does not answer. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  const runId = params.id ?? ''
  if (!/^\d{1,18}$/.test(runId)) throw new Response(null, { status: 404 })
  const { searchParams } = new URL(request.url)
  const filter = readLogFilter(searchParams)
  const shown = { runId, text: filter.text, level: filter.level, step: filter.step ?? undefined }
  const edge = readLogEdge(searchParams)
  const page = { ...shown, ...edge, limit: PAGE }
  const [[job], found, errors, times] = await Promise.all([
    run((db) => readJobs(db, scope, { runId })),
    run((db) => searchLog(db, scope, page)),
    run((db) => readLog(db, scope, { runId, level: 'error', limit: 1 })),
    run((db) => readTimes(db, scope, runId)),
  ]).catch((error: unknown) => {
    throw unavailable(context.logger, error)
  })
  if (!job) throw new Response(null, { status: 404 })
  const [error] = errors.entries
  const firstError = error ? { id: error.id, after: idBefore(error.id) } : null
  const isFirst = Object.keys(edge).length === 0
  const log = { ...found, filter, isFirst, firstError }
  return json({ job, log, times, now: new Date().toISOString() })
}

const LINK = 'text-accent underline underline-offset-4'

export default function JobPage() {
  const { job, log, times, now } = useLoaderData<typeof loader>()
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">
        Job {job.id} of {job.installation.account}
      </h1>
      <HistoryTable jobs={[job]} now={now} />
      {job.error && <p className="mt-4 text-[0.9375rem] text-fail">{job.error}</p>}
      <TimesTable times={times} />
      <RunLogSection runId={job.id ?? ''} log={log} now={now} />
      <p className="mt-4">
        <a className={LINK} href={`/jobs?installation=${job.installation.id}`}>
          All runs of {job.installation.account}
        </a>
      </p>
    </>
  )
}
