import type { TableSums } from '#app/archive/repository-table.ts'
import type { CodeSums } from '#app/code/views/code-sums.ts'
import type { Job } from '#app/ledger/views/job.ts'
import type { LastHour, RunClock } from '#app/ledger/views/run-clocks.ts'
import type { Forecast } from '#app/sync/status/forecast.ts'
import type { SyncStatus } from '#app/sync/status/sync-status.ts'
import type { LastDelivery } from '#app/webhooks/log/hook-status.ts'
import { Section } from '../elements/section.tsx'
import { type StageTotals, stageTotals } from '../elements/states.ts'
import { countText, pluralText } from '../elements/time-text.ts'
import { AsOf } from '../live/as-of.tsx'
import { type CardFacts, InstallationCard, type OwnJobs } from './installation-card.tsx'
import { WordsOfStages } from './step-row.tsx'

interface Installations {
  /** Null while the database is unavailable. */
  jobs: Job[] | null
  syncStatuses: SyncStatus[]
  forecasts: Forecast[]
  /** By the id of the run. */
  clocks: Record<string, RunClock>
  lastHour: LastHour[]
  lastDeliveries: LastDelivery[]
  repositories: (TableSums & { installationId: string })[]
  code: CodeSums[]
  /** When the facts beside the jobs were read. */
  loadedAt: string
  now: string
}

export function InstallationsSection({
  jobs,
  forecasts,
  clocks,
  loadedAt,
  now,
  ...facts
}: Installations) {
  const shown = byInstallation(jobs ?? [])
  return (
    <Section
      id="installations"
      title="Installations"
      aside={
        <>
          {shown.length > 1 && <TotalsLine totals={stageTotals(shown.flat())} />}
          {jobs && <AsOf at={loadedAt} />}
        </>
      }
    >
      {shown.length > 0 ? (
        <ul className="space-y-5">
          {shown.map((own) => (
            <li key={own[0].installation.id}>
              <InstallationCard
                {...{ jobs: own, forecasts, clocks, now }}
                {...factsOf(own[0].installation.id, facts)}
              />
            </li>
          ))}
        </ul>
      ) : (
        <div className="rounded-lg border border-dashed border-line px-4 py-8 text-center sm:px-5">
          <p className="font-medium">
            {jobs ? 'No installations yet' : 'The ledger cannot be read'}
          </p>
          <p className="mx-auto mt-1 max-w-md leading-relaxed text-balance text-soft">
            {jobs
              ? 'Each account that Whence reads gets a card here. It shows what is done, what is left, and why work is waiting.'
              : 'The database does not answer. Nothing is lost: the ledger is shown again once the database answers.'}
          </p>
        </div>
      )}
      {shown.length > 0 && <WordsOfStages />}
    </Section>
  )
}

type Facts = Omit<Installations, 'jobs' | 'forecasts' | 'clocks' | 'loadedAt' | 'now'>

function factsOf(installationId: string, facts: Facts): CardFacts {
  const isOwn = (one: { installationId: string }) => one.installationId === installationId
  return {
    syncStatus: facts.syncStatuses.find(isOwn),
    lastDelivery: facts.lastDeliveries.find(isOwn),
    repositories: facts.repositories.find(isOwn),
    code: facts.code.find(isOwn),
    lastHour: facts.lastHour.filter(isOwn),
  }
}

function byInstallation(jobs: Job[]): OwnJobs[] {
  const own = new Map<string, OwnJobs>()
  for (const job of jobs) {
    const known = own.get(job.installation.id)
    if (known) known.push(job)
    else own.set(job.installation.id, [job])
  }
  return [...own.values()]
}

function TotalsLine({ totals }: { totals: StageTotals }) {
  const parts = [
    `${countText(totals.done)} done`,
    `${countText(totals.running)} running`,
    `${countText(totals.waiting)} waiting`,
    `${countText(totals.failed)} failed`,
    pluralText(totals.gaps, 'gap'),
  ]
  return (
    <p className="text-sm text-soft">
      {pluralText(totals.total, 'work item')}: {parts.join(', ')}
    </p>
  )
}
