import type { LoaderFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readQuery } from '#app/api/answers.ts'
import { historyQuery } from '#app/api/queries.ts'
import { readHistory } from '#app/code/views/history.ts'

export function action() {
  return methodRefusal('GET')
}

/** Lists the jobs of a project, newest first; `all` stands for every project, and the syncs as well. */
export function loader({ request, params, context }: LoaderFunctionArgs) {
  const { run, scope } = context.reader
  return answer(context.logger, async () => {
    const { before = null, limit } = readQuery(request, historyQuery)
    const page = { project: params.project as string, before, limit: limit + 1 }
    const jobs = await run((db) => readHistory(db, scope, page))
    const next = jobs.length > limit ? (jobs[limit - 1]?.id ?? null) : null
    return Response.json({ jobs: jobs.slice(0, limit), next })
  })
}
