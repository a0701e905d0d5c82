import { codeName } from '#app/code/ingest/requested-ingest.ts'

/** The statuses of jobs that have ended. */
export const ENDED = ['completed', 'failed', 'cancelled'] as const

/** Which jobs that have ended are listed. */
export interface IngestFilter {
  status: (typeof ENDED)[number] | null
  project: string | null
  /** The id of the last job of the previous page. */
  before: string | null
}

/** Reads the filter from the URL; what it does not understand, it leaves out. */
export function ingestFilterOf(parameters: URLSearchParams): IngestFilter {
  return {
    status: ENDED.find((status) => status === parameters.get('status')) ?? null,
    project: codeName.safeParse(parameters.get('of')?.trim()).data ?? null,
    before: /^\d{1,18}$/.exec(parameters.get('before') ?? '')?.[0] ?? null,
  }
}

/** Returns the address of the page of projects with a filter. */
export function ingestAddress({ status, project, before }: IngestFilter): string {
  const chosen = { status, of: project, before }
  const pairs = Object.entries(chosen).filter(([, value]) => value !== null)
  const query = new URLSearchParams(pairs as [string, string][]).toString()
  return query ? `/projects?${query}` : '/projects'
}
