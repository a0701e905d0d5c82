/** Describes a job that ingests code in the words of its interface. */
import { z } from 'zod'
import type { Queryable } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import type { RunState } from '../run-states.ts'
import type { Place } from '../work.ts'

export const JOB_STATUSES = [
  'queued',
  'pending',
  'in_progress',
  'completed',
  'failed',
  'cancelled',
] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

/** The status of a job, by the state of its run. */
export const STATUS_OF: Record<RunState, JobStatus> = {
  queued: 'queued',
  running: 'in_progress',
  paused: 'pending',
  finished: 'completed',
  finished_with_gaps: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}

const PHASES = {
  cloning: 'Cloning repository…',
  indexing: 'Indexing repository…',
  embedding: 'Embedding…',
  storing: 'Storing…',
  mapping: 'Mapping commits to pull requests…',
} as const

const seconds = z.number().nullable()

export const ingestView = z.object({
  project: z.string(),
  dataset: z.string(),
  scope: z.enum(['project', 'shared']),
  repository: z.string().describe('owner/name'),
  branch: z.string(),
  sha: z.string().nullable().describe('The commit; null until it is found.'),
  phase: z.enum(Object.values(PHASES)).nullable().describe('Null unless the job is in progress.'),
  currentFile: z.string().nullable(),
  waitsFor: z
    .string()
    .nullable()
    .describe('The job of the same branch that has to end before this one starts.'),
  retries: z
    .number()
    .int()
    .describe('How often the work item was tried again that failed most often.'),
  maxRetries: z.number().int(),
  statistics: z.object({
    files: z.number().int().nullable().describe('Files with chunks; null until it has ended.'),
    chunks: z.number().int().nullable(),
    newFiles: z.number().int().nullable().describe('Files that had changed.'),
    newChunks: z.number().int().nullable(),
    tokens: z.number().nullable().describe('Of the chunks that had changed.'),
    skipped: z.record(z.string(), z.number().int()).describe('Files without chunks, by reason.'),
    seconds: z.object({ cloning: seconds, indexing: seconds, embedding: seconds }),
  }),
  createdAt: z.iso.datetime(),
})
export type IngestView = z.infer<typeof ingestView>

/** What is read of a stage. */
interface StageTimes {
  firstItemAt: string | null
  lastItemAt: string | null
  total: number
  done: number
  gaps: number
  running: number
}

/** A row of `ingest`. */
export interface IngestRow {
  runId: string
  project: string
  dataset: string
  scope: 'project' | 'shared'
  repository: string
  branch: string
  sha: string | null
  statistics: Partial<Omit<IngestView['statistics'], 'seconds'>>
  createdAt: Date
  retries: number
  maxRetries: number
  waitsFor: string | null
  /** True if the generation holds; also if the commit was ingested before. */
  isStored: boolean
}

export async function readIngests(db: Queryable, runIds: string[]): Promise<IngestRow[]> {
  const { rows } = await db.query<IngestRow>(
    `select i.run_id, i.project, i.dataset, i.scope, i.full_name as repository, i.branch,
       coalesce(i.oid, i.wanted_oid) as sha, i.statistics, r.created_at,
       least(i.max_retries,
         coalesce((select max(attempts) from work_item w where w.run_id = r.id), 0)::int) as retries,
       i.max_retries, i.generation is null or i.statistics ? 'files' as is_stored,
       case when r.state = 'queued' then (select min(o.id)::text from ingest other
         join run o on o.id = other.run_id and o.id < r.id and ${isOpenRun('o')}
         where other.ref_id = i.ref_id) end as waits_for
     from ingest i join run r on r.id = i.run_id where i.run_id = any($1::bigint[])`,
    [runIds],
  )
  return rows
}

export function describeIngest(
  row: IngestRow,
  views: Map<Place, StageTimes>,
  { isRunning, currentItem }: { isRunning: boolean; currentItem: string | null },
): IngestView {
  const { runId: _, isStored, statistics, createdAt, ...facts } = row
  return {
    ...facts,
    phase: isRunning ? PHASES[phaseOf(views, isStored)] : null,
    currentFile: views.get('github_code/transform')?.running ? currentItem : null,
    statistics: {
      ...{ files: null, chunks: null, newFiles: null, newChunks: null, tokens: null, skipped: {} },
      ...statistics,
      seconds: {
        cloning: secondsOf(views.get('github_code/extraction')),
        indexing: secondsOf(views.get('github_code/transform')),
        embedding: secondsOf(views.get('github_code/embedding')),
      },
    },
    createdAt: createdAt.toISOString(),
  }
}

function phaseOf(views: Map<Place, StageTimes>, isStored: boolean): keyof typeof PHASES {
  if (!views.get('github_code/extraction')?.lastItemAt) return 'cloning'
  if (!views.get('github_code/transform')?.lastItemAt) return 'indexing'
  const embedding = views.get('github_code/embedding')
  // The last items make the generation hold, and map its commits.
  const left = embedding ? embedding.total - embedding.done - embedding.gaps : 0
  if (left > 1) return 'embedding'
  return isStored ? 'mapping' : 'storing'
}

/** From the first item to the last. */
function secondsOf(view: StageTimes | undefined): number | null {
  if (!view?.firstItemAt || !view.lastItemAt) return null
  return (Date.parse(view.lastItemAt) - Date.parse(view.firstItemAt)) / 1000
}
