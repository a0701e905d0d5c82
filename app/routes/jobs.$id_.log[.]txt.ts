import type { LoaderFunctionArgs } from '@remix-run/node'
import { unavailable } from '#app/api/answers.ts'
import { readLogFilter } from '#app/components/runs/read-log-address.ts'
import { STEPS } from '#app/ledger/steps.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import type { LogEntry } from '#app/ledger/views/run-log.ts'
import { walkLog } from '#app/ledger/views/search-log.ts'

/**
 * The log of a run as a text file: what its page shows, of all pages, an entry a line.
 *
 * @throws Response 404 without such a job, 503 if the database does not answer.
 */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  const runId = params.id ?? ''
  if (!/^\d{1,18}$/.test(runId)) throw new Response(null, { status: 404 })
  const { text, level, step } = readLogFilter(new URL(request.url).searchParams)
  const page = { runId, text, level, step: step ?? undefined }
  const lines = await run(async (db) => {
    const [job] = await readJobs(db, scope, { runId })
    if (!job) return null
    const found: string[] = []
    for await (const entries of walkLog(db, scope, page)) found.push(...entries.map(lineOf))
    return found
  }).catch((error: unknown) => {
    throw unavailable(context.logger, error)
  })
  if (!lines) throw new Response(null, { status: 404 })
  return new Response(lines.join(''), {
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Disposition': `attachment; filename="whence-job-${runId}.txt"`,
    },
  })
}

/** Fields are separated by tabs: neither a tab nor the end of a line is left in any of them. */
function lineOf({ at, level, step, stage, message, detail }: LogEntry): string {
  const place = STEPS.find(({ name }) => name === step)?.displayName
  const fields = [at, level, place ? `${place}, ${stage}` : '', message, detail ?? '']
  return `${fields.map((field) => field.replaceAll(/\s+/g, ' ')).join('\t')}\n`
}
