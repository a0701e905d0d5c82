import { setTimeout as sleep } from 'node:timers/promises'
import { operatorScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { EventLevel } from '#app/ledger/run-events.ts'
import { isOpen } from '#app/ledger/run-states.ts'
import { readJob, readJobLog } from '#app/ledger/views/decide.ts'
import type { LogEntry } from '#app/ledger/views/run-log.ts'
import { type CommandContext, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface LogOptions {
  job: string
  level?: EventLevel
  follow: boolean
  json: boolean
}

const PAGE = 500
const POLL_MS = 1_000

/** Prints the log of a job, oldest first; with `follow`, until the job has ended. */
export async function log(context: CommandContext, options: LogOptions): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    let after: string | undefined
    for (;;) {
      // Read first: what happens after it is in the next turn.
      const { overall } = await readJob(pool, operatorScope(), options.job)
      after = await printFrom(context, pool, options, after)
      if (!options.follow || !isOpen(overall)) return 0
      await sleep(POLL_MS, undefined, { signal: context.signal })
    }
  })
}

/** Prints all pages after an entry. @returns the id of the last one. */
async function printFrom(
  context: CommandContext,
  db: Queryable,
  { job, level, json }: LogOptions,
  from: string | undefined,
): Promise<string | undefined> {
  let last = from
  for (;;) {
    const page = { runId: job, level, after: last, limit: PAGE }
    const { entries, next } = await readJobLog(db, operatorScope(), page)
    for (const entry of entries)
      await print(context, json ? JSON.stringify(entry) : renderEntry(entry))
    last = entries.at(-1)?.id ?? last
    if (!next) return last
  }
}

/** Renders `2026-11-26 14:05:00  warning  Paused until …`. */
function renderEntry({ at, level, message, detail }: LogEntry): string {
  const line = `${at.slice(0, 19).replace('T', ' ')}  ${level.padEnd(7)}  ${message}`
  return detail ? `${line}\n${' '.repeat(30)}${detail.replaceAll(/\s+/g, ' ')}` : line
}
