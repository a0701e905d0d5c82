import type { z } from 'zod'
import type { IngestJob } from '#app/code/ingest/request-ingest.ts'
import type { RequestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { SearchAnswer, SearchRequest } from '#app/search/present/answer.ts'
import type { JobStatus } from '#app/sync/status/job-status.ts'
import type { Status } from '#app/sync/status/status.ts'
import type { WhyAnswer, whyQuery } from '#app/why/why-answer.ts'
import type { Terminal } from '#server/folder/command-socket.ts'

/** What `whence why` asks, as a query of the API: of a repository, `owner/name`. */
export type AskedWhy = { repo: string } & Partial<z.infer<typeof whyQuery>>

export interface WantedSync {
  /** Names or addresses; none stands for all repositories. */
  repo: string[]
  mode?: 'full' | 'incremental'
  since?: string
  maxPrs?: number
  cache: boolean
}

export interface RequestedSync {
  jobId: string
  account: string
  message: string
}

/**
 * The Whence that a command asks: that of this process (`openLocal`), or, with `WHENCE_URL`, one elsewhere
 * (`openRemote`). Its functions throw an OperatorError or a RefusedError for what cannot be done.
 */
export interface Backend {
  /** The address of one elsewhere; null for that of this process. */
  url: string | null
  /** Milliseconds between two questions about a job. */
  pollMs: number
  /** @param repositories names or addresses to which the search is narrowed. */
  search(request: SearchRequest, repositories: string[]): Promise<SearchAnswer>
  why(asked: AskedWhy): Promise<WhyAnswer>
  status(): Promise<Status>
  /** @throws AwayError while Whence does not answer. */
  readJob(id: string): Promise<JobStatus>
  /** Requests a sync of each installation that the repositories belong to, one after the other. */
  requestSync(wanted: WantedSync): AsyncIterable<RequestedSync>
  requestIngest(project: string, wanted: RequestedIngest): Promise<IngestJob>
  /** Returns a hint on how to start a worker; null if one is alive, or if nobody can tell. */
  missingWorkers(): Promise<string | null>
}

/** Whence elsewhere does not answer now, and may do so later. */
export class AwayError extends OperatorError {
  override name = 'AwayError'
  /** Milliseconds after which it can be asked again. */
  readonly retryMs: number
  constructor(message: string, hint: string, options: ErrorOptions & { retryMs: number }) {
    super(message, hint, options)
    this.retryMs = options.retryMs
  }
}

/** What a command needs of this process if it does not ask one elsewhere. */
export interface Needs {
  /** `all` includes the queue, and migrates an embedded database. */
  services: 'database' | 'all'
  /** True to work off what is due meanwhile. */
  works?: boolean
  /** True if the command may create a missing folder. */
  create?: boolean
}

/** Defines a command that also works from elsewhere. */
export type OnBackend = (
  name: string,
  needs: Needs,
  run: (terminal: Terminal, backend: Backend) => Promise<number>,
) => Promise<void>
