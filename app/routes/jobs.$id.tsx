import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { HistoryTable } from '#app/components/jobs/history-table.tsx'
import { LogList } from '#app/components/jobs/log-list.tsx'
import { TimesTable } from '#app/components/jobs/times-table.tsx'
import { LIVE } from '#app/components/layout/live-handle.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { LOG_ID, readLog } from '#app/ledger/views/run-log.ts'
import { readTimes } from '#app/ledger/views/run-times.ts'

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
  const after = searchParams.get('after') ?? ''
  const level = searchParams.get('level') === 'warning' ? ('warning' as const) : undefined
  const page = { runId, level, after: LOG_ID.test(after) ? after : undefined, limit: PAGE }
  const [[job], log, times] = await Promise.all([
    run((db) => readJobs(db, scope, { runId })),
    run((db) => readLog(db, scope, page)),
    run((db) => readTimes(db, scope, runId)),
  ]).catch((error: unknown) => {
    throw unavailable(context.logger, error)
  })
  if (!job) throw new Response(null, { status: 404 })
  return json({ job, log, times, level: level ?? null, now: new Date().toISOString() })
}

const LINK = 'text-accent underline underline-offset-4'

export default function JobPage() {
  const { job, log, times, level, now } = useLoaderData<typeof loader>()
  const more = new URLSearchParams({ ...(level && { level }), after: log.next ?? '' })
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">
        Job {job.id} of {job.installation.account}
      </h1>
      <HistoryTable jobs={[job]} now={now} />
      {job.error && <p className="mt-4 text-[0.9375rem] text-fail">{job.error}</p>}
      <TimesTable times={times} />
      <div className="mt-10 mb-3 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 className="text-lg font-semibold tracking-tight">What happened</h2>
        <a className={LINK} href={level ? `/jobs/${job.id}` : `/jobs/${job.id}?level=warning`}>
          {level ? 'Show everything' : 'Show only warnings and errors'}
        </a>
      </div>
      {log.entries.length > 0 ? (
        <LogList entries={log.entries} now={now} />
      ) : (
        <p className="text-soft">{level ? 'No warnings and no errors.' : 'Nothing yet.'}</p>
      )}
      <p className="mt-4 flex flex-wrap gap-x-6 gap-y-2">
        {log.next && (
          <a className={LINK} href={`/jobs/${job.id}?${more}`}>
            What happened next
          </a>
        )}
        <a className={LINK} href={`/jobs?installation=${job.installation.id}`}>
          All runs of {job.installation.account}
        </a>
      </p>
    </>
  )
}
