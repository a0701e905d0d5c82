import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData, useRevalidator } from '@remix-run/react'
import { GithubSection } from '../components/github-section.tsx'
import { LedgerSection } from '../components/ledger-section.tsx'
import { ServicesSection } from '../components/services-section.tsx'
import { useLive } from '../components/use-live.ts'
import { readJobs } from '../ledger/jobs.ts'
import { readWorkers } from '../ledger/workers-alive.ts'
import type { LoadContext } from '../load-context.ts'

export const meta: MetaFunction<typeof loader> = ({ data }) => {
  const open = data?.jobs?.find((job) => job.overall === 'running')
  return [{ title: open ? `${open.progress} % · Whence` : 'Whence' }]
}

export async function loader({ context }: LoaderFunctionArgs) {
  const { config, health } = context
  const [database, queue] = await Promise.all([health.database(), health.queue()])
  const { workers, jobs } = database.ok ? await readLedger(context) : NOTHING_READ
  return json({
    now: new Date().toISOString(),
    profile: config.profile.kind,
    database,
    queue,
    workers,
    jobs,
    github: {
      kind: config.github.kind,
      isSet: {
        GITHUB_TOKEN: Boolean(config.GITHUB_TOKEN),
        GITHUB_APP_ID: Boolean(config.GITHUB_APP_ID),
        GITHUB_APP_PRIVATE_KEY: Boolean(config.GITHUB_APP_PRIVATE_KEY),
        GITHUB_WEBHOOK_SECRET: Boolean(config.GITHUB_WEBHOOK_SECRET),
      },
    },
  })
}

const NOTHING_READ = { workers: null, jobs: null }

/** @throws Response 503 when the database, which has just answered, stops to. */
async function readLedger({ database, scope, logger }: LoadContext) {
  try {
    const [workers, jobs] = await Promise.all([
      readWorkers(database.pool),
      readJobs(database.pool, scope),
    ])
    return { workers, jobs }
  } catch (error) {
    logger.error({ err: error }, 'the ledger could not be read')
    throw new Response(null, { status: 503 })
  }
}

export default function Home() {
  const { now, profile, database, queue, workers, jobs, github } = useLoaderData<typeof loader>()
  const { revalidate } = useRevalidator()
  const isLost = useLive(revalidate)
  return (
    <>
      <h1 className="sr-only">State of this Whence</h1>
      <p role="status" className="text-warn empty:hidden not-empty:mb-6">
        {isLost &&
          'Whence does not answer. This is what it said last; the page goes on when it is back.'}
      </p>
      <div>
        <ServicesSection {...{ profile, database, queue, workers, now }} />
        <LedgerSection jobs={jobs} now={now} />
        <GithubSection {...github} />
      </div>
    </>
  )
}
