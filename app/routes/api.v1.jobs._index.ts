import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { answer, check, methodRefusal, readBody, readQuery } from '#app/api/answers.ts'
import { jobsQuery } from '#app/api/queries.ts'
import { readAllJobs, readJobs } from '#app/ledger/views/jobs.ts'
import { requestedSync } from '#app/sync/requests/request-sync-for.ts'

/** Lists the current jobs; with `all`, every recorded run, newest first. */
export function loader({ request, context }: LoaderFunctionArgs) {
  const { logger } = context
  const { run, scope } = context.reader
  return answer(logger, async () => {
    const { installation, all, before, kind, limit } = readQuery(request, jobsQuery)
    const filter = installation === undefined ? {} : { installationId: installation }
    if (all === undefined)
      return Response.json({ jobs: await run((db) => readJobs(db, scope, filter)) })
    const page = {
      ...filter,
      ...(before !== undefined && { before }),
      ...(kind !== undefined && { kind }),
      limit: limit + 1,
    }
    const jobs = await run((db) => readAllJobs(db, scope, page))
    const next = jobs.length > limit ? (jobs[limit - 1]?.id ?? null) : null
    return Response.json({ jobs: jobs.slice(0, limit), next })
  })
}

export async function action({ request, context }: ActionFunctionArgs) {
  const { decisions, logger } = context
  if (request.method !== 'POST') return methodRefusal('GET, POST')
  return answer(logger, async () => {
    const wanted = check(requestedSync, await readBody(request))
    const { runId, joined, message } = await decisions.requestSyncFor(wanted)
    return Response.json(
      { jobId: runId, status: joined ? 'joined' : 'queued', message },
      { status: 202, headers: { Location: `/api/v1/jobs/${runId}` } },
    )
  })
}
