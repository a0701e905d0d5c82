import type { ReactNode } from 'react'
import type { DatabaseHealth, Down, QueueHealth } from '#app/health/health.server.ts'
import type { ActiveWorker } from '#app/ledger/active-workers.ts'
import type { StageName } from '#app/queues/stages.ts'
import { Ago } from '../elements/moment.tsx'
import { Hint, Section } from '../elements/section.tsx'
import type { ShownState } from '../elements/states.ts'
import { countText, pluralText } from '../elements/time-text.ts'
import { StateMark } from '../jobs/state-mark.tsx'
import { AsOf } from '../live/as-of.tsx'

interface ServicesState {
  profile: 'embedded' | 'external'
  database: DatabaseHealth
  queue: QueueHealth
  /** Null while the database, which stores them, is unavailable. */
  workers: ActiveWorker[] | null
  /** When all of this was read. */
  loadedAt: string
  now: string
}

export function ServicesSection({
  profile,
  database,
  queue,
  workers,
  loadedAt,
  now,
}: ServicesState) {
  const embedded = profile === 'embedded'
  return (
    <Section id="services" title="Services" aside={<AsOf at={loadedAt} />}>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        <ServiceRow name="Database" state={database.ok ? 'ok' : 'down'}>
          <p>
            {database.ok ? `PostgreSQL ${database.version}` : 'PostgreSQL'}
            {embedded ? ', embedded in this process' : ', on a separate server'}
          </p>
          {!database.ok && <Reason down={database} />}
          {embedded && (
            <p className="text-soft">
              For evaluation only: the data survives a killed process, but not a power failure. For
              production, set <code>DATABASE_URL</code> and <code>REDIS_URL</code>.
            </p>
          )}
        </ServiceRow>
        <ServiceRow name="Queue" state={queue.ok ? 'ok' : 'down'}>
          <p>BullMQ on {embedded ? 'the embedded database' : 'Redis'}</p>
          {queue.ok ? <Depth depth={queue.depth} /> : <Reason down={queue} />}
        </ServiceRow>
        <Workers workers={workers} embedded={embedded} now={now} />
      </ul>
    </Section>
  )
}

interface RowProps {
  name: string
  state: ShownState | null
  children: ReactNode
}

function ServiceRow({ name, state, children }: RowProps) {
  return (
    <li className="grid gap-x-6 gap-y-1 px-4 py-4 sm:grid-cols-[8rem_1fr_auto] sm:px-5">
      <div className="flex items-center justify-between gap-4 sm:items-start">
        <h3 className="font-medium">{name}</h3>
        {state && (
          <span className="sm:hidden">
            <StateMark state={state} />
          </span>
        )}
      </div>
      <div className="min-w-0 space-y-1 text-[0.9375rem] leading-relaxed">{children}</div>
      <span className="hidden sm:block">{state && <StateMark state={state} />}</span>
    </li>
  )
}

function Reason({ down }: { down: Down }) {
  return (
    <p className="text-fail">
      {down.reason.charAt(0).toUpperCase() + down.reason.slice(1)}. <Hint text={down.hint} />
    </p>
  )
}

function Depth({ depth }: { depth: Record<StageName, number> }) {
  return (
    <p className="text-soft">
      Queue jobs: {countText(depth.extraction)} extraction, {countText(depth.transform)} transform,{' '}
      {countText(depth.embedding)} embedding
    </p>
  )
}

interface WorkersProps {
  workers: ActiveWorker[] | null
  embedded: boolean
  now: string
}

function Workers({ workers, embedded, now }: WorkersProps) {
  if (workers === null)
    return (
      <ServiceRow name="Workers" state={null}>
        <p className="text-soft">Unknown while the database does not answer.</p>
      </ServiceRow>
    )
  if (workers.length === 0)
    return (
      <ServiceRow name="Workers" state="none">
        <p>
          No worker is running:{' '}
          {embedded ? (
            'the workers run in this process, so restart Whence.'
          ) : (
            <>
              start one with <code>whence work</code>.
            </>
          )}
        </p>
        <p className="text-soft">Pending work is kept in the ledger.</p>
      </ServiceRow>
    )
  return (
    <ServiceRow name="Workers" state="ok">
      <p>{pluralText(workers.length, 'process', 'processes')} running</p>
      <ul className="space-y-1 text-soft">
        {workers.map((worker) => (
          <li key={worker.id}>
            <span className="text-ink">{worker.host}</span>, process {worker.pid}:{' '}
            {worker.slots.extraction} extraction, {worker.slots.transform} transform,{' '}
            {worker.slots.embedding} embedding slots; started{' '}
            <Ago at={worker.startedAt} now={now} />, last heartbeat{' '}
            <Ago at={worker.heartbeatAt} now={now} />
          </li>
        ))}
      </ul>
    </ServiceRow>
  )
}
