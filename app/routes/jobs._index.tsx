import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { LIVE } from '#app/components/layout/live-handle.ts'
import { HistoryTable } from '#app/components/runs/history-table.tsx'
import { readAllJobs } from '#app/ledger/views/jobs.ts'

const PAGE = 50

const KINDS = [
  { name: 'syncs', words: 'Syncs' },
  { name: 'refreshes', words: 'Targeted refreshes' },
  { name: 'code', words: 'Code' },
  { name: 'all', words: 'All' },
] as const

export const handle = LIVE

export const meta: MetaFunction = () => [{ title: 'Runs · Whence' }]

/** @throws Response 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  const { searchParams } = new URL(request.url)
  const installationId = idOf(searchParams.get('installation'))
  const before = idOf(searchParams.get('before'))
  const kind = KINDS.find(({ name }) => name === searchParams.get('kind'))?.name ?? 'syncs'
  const page = {
    ...(installationId && { installationId }),
    ...(before && { before }),
    ...(kind !== 'all' && { kind }),
    limit: PAGE + 1,
  }
  const jobs = await run((db) => readAllJobs(db, scope, page)).catch((error: unknown) => {
    throw unavailable(context.logger, error)
  })
  const next = jobs.length > PAGE ? (jobs[PAGE - 1]?.id ?? null) : null
  const now = new Date().toISOString()
  return json({ jobs: jobs.slice(0, PAGE), next, installationId, kind, now })
}

function idOf(text: string | null): string | null {
  return text && /^\d{1,18}$/.test(text) ? text : null
}

export default function Runs() {
  const { jobs, next, installationId, kind, now } = useLoaderData<typeof loader>()
  const shown = { ...(installationId && { installation: installationId }) }
  const older = new URLSearchParams({ ...shown, kind, before: next ?? '' })
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Runs</h1>
      <nav aria-label="Kinds of runs" className="mb-4 flex flex-wrap gap-x-5">
        {KINDS.map(({ name, words }) => (
          <a
            key={name}
            href={`/jobs?${new URLSearchParams({ ...shown, kind: name })}`}
            aria-current={name === kind ? 'page' : undefined}
            className="inline-block py-1 text-accent underline-offset-4 not-aria-[current]:underline aria-[current]:font-medium aria-[current]:text-ink"
          >
            {words}
          </a>
        ))}
      </nav>
      {jobs.length > 0 ? (
        <HistoryTable jobs={jobs} now={now} />
      ) : (
        <p className="text-soft">No runs are recorded here.</p>
      )}
      {next && (
        <p className="mt-4">
          <a className="text-accent underline underline-offset-4" href={`/jobs?${older}`}>
            Older runs
          </a>
        </p>
      )}
    </>
  )
}
