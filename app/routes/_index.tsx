import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node'
import { useLoaderData, useRevalidator, useSubmit } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { readInstallationSums } from '#app/archive/repository-table.ts'
import { isOperator, operatesAny } from '#app/auth/scope.ts'
import { type CodeSums, readCodeSums } from '#app/code/views/code-sums.ts'
import { SubmitForm } from '#app/components/elements/action-form.tsx'
import { LostBar, NoticeBar, StateSpeaker } from '#app/components/elements/notice.tsx'
import { GithubSection } from '#app/components/home/github-section.tsx'
import { ServicesSection } from '#app/components/home/services-section.tsx'
import { InstallationsSection } from '#app/components/installation/installations-section.tsx'
import { LIVE } from '#app/components/layout/live-handle.ts'
import { mergeJobs } from '#app/components/live/live-jobs.ts'
import { LivenessBar } from '#app/components/live/liveness-bar.tsx'
import { useTabState } from '#app/components/live/tab-state.ts'
import { useLive } from '#app/components/live/use-live.ts'
import { outsideHost } from '#app/embeddings/providers/resolve-provider.ts'
import { dispatch } from '#app/forms/decisions.server.ts'
import { carryNotice, readNotice } from '#app/forms/notices.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { readWorkers } from '#app/ledger/active-workers.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import {
  type LastHour,
  type RunClock,
  readClocks,
  readLastHour,
} from '#app/ledger/views/run-clocks.ts'
import { type Forecast, readForecasts } from '#app/sync/status/forecast.ts'
import { readSyncStatuses, type SyncStatus } from '#app/sync/status/sync-status.ts'
import { type LastDelivery, readLastDeliveries } from '#app/webhooks/log/hook-status.ts'

export const handle = LIVE

export const meta: MetaFunction = () => [{ title: 'Whence' }]

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { config, health } = context
  // Whoever only reads has no jobs to look at.
  if (!operatesAny(context.reader.scope)) throw redirect('/search')
  const now = new Date()
  const [database, queue] = await Promise.all([health.database(), health.queue()])
  const read = database.ok ? await readLedger(context, now) : NOTHING_READ
  return json({
    now: now.toISOString(),
    profile: config.profile.kind,
    database,
    queue,
    ...read,
    // Whoever signed in with GitHub need not know how the server is set up.
    isOperator: isOperator(context.reader.scope),
    notice: readNotice(config, request),
    github: {
      ...(database.ok ? await readAccess(context) : { kind: config.github.kind, problem: null }),
      isSet: {
        GITHUB_TOKEN: Boolean(config.GITHUB_TOKEN),
        GITHUB_APP_ID: Boolean(config.GITHUB_APP_ID),
        GITHUB_APP_PRIVATE_KEY: Boolean(config.GITHUB_APP_PRIVATE_KEY),
      },
    },
  })
}

const NOTHING_READ = {
  workers: null,
  jobs: null,
  syncStatuses: [] as SyncStatus[],
  forecasts: [] as Forecast[],
  lastDeliveries: [] as LastDelivery[],
  clocks: {} as Record<string, RunClock>,
  lastHour: [] as LastHour[],
  repositories: [] as Awaited<ReturnType<typeof readInstallationSums>>,
  code: [] as CodeSums[],
}

/** @throws Response 503 if the database, which has just responded, fails. */
async function readLedger({ config, reader, logger }: LoadContext, now: Date) {
  const { run, scope } = reader
  try {
    const [workers, jobs, syncStatuses, lastDeliveries, lastHour, repositories, code] =
      await Promise.all([
        run(readWorkers),
        run((db) => readJobs(db, scope)),
        run((db) => readSyncStatuses(db, scope, outsideHost(config))),
        run((db) => readLastDeliveries(db, scope)),
        run((db) => readLastHour(db, scope)),
        run((db) => readInstallationSums(db, scope)),
        run((db) => readCodeSums(db, scope)),
      ])
    const runIds = jobs.flatMap(({ id }) => id ?? [])
    const [forecasts, clocks] = await Promise.all([
      run((db) => readForecasts(db, scope, jobs, now)),
      run((db) => readClocks(db, scope, runIds)),
    ])
    const facts = { syncStatuses, forecasts, lastDeliveries, lastHour, repositories, code }
    return { workers, jobs, clocks, ...facts }
  } catch (error) {
    throw unavailable(logger, error)
  }
}

/** @throws Response 503 if the database, which has just responded, fails. */
async function readAccess({ config, reader, logger }: LoadContext) {
  const { access } = await reader
    .run((db) => readConnection(db, config))
    .catch((error: unknown) => {
      throw unavailable(logger, error)
    })
  if (access.kind !== 'unreadable') return { kind: access.kind, problem: null }
  return { kind: access.kind, problem: `${access.message}. ${access.hint}` }
}

/** Handles the forms of the page: performs the action and redirects to the page that shows its result. */
export async function action({ request, context }: ActionFunctionArgs) {
  const notice = await dispatch(context, await readForm(request))
  const { location, cookie } = carryNotice(context.config, notice)
  return redirect(location, { status: 303, headers: { 'Set-Cookie': cookie } })
}

export default function Home() {
  const loaded = useLoaderData<typeof loader>()
  const { profile, database, queue, workers, github, notice } = loaded
  const { syncStatuses, forecasts, clocks, lastHour, lastDeliveries, repositories, code } = loaded
  const { revalidate } = useRevalidator()
  const { jobs, now, liveness } = useLive(loaded.jobs, loaded.now, revalidate, mergeJobs)
  useTabState(jobs)
  const submit = useSubmit()
  function submitForm(form: HTMLFormElement) {
    submit(form, { preventScrollReset: true, replace: true })
  }
  return (
    <SubmitForm.Provider value={submitForm}>
      <h1 className="sr-only">Home</h1>
      <LivenessBar liveness={liveness} />
      <LostBar isLost={liveness.isLost} />
      <NoticeBar notice={notice} />
      <StateSpeaker jobs={jobs ?? []} />
      <div>
        <InstallationsSection
          {...{ jobs, syncStatuses, forecasts, clocks, lastHour, lastDeliveries }}
          {...{ repositories, code, loadedAt: loaded.now, now }}
        />
        {loaded.isOperator && (
          <>
            <ServicesSection
              {...{ profile, database, queue, workers, loadedAt: loaded.now, now }}
            />
            <GithubSection {...github} />
          </>
        )}
      </div>
    </SubmitForm.Provider>
  )
}
