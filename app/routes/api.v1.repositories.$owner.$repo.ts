import type { ActionFunctionArgs } from '@remix-run/node'
import { answer, methodRefusal, readQuery } from '#app/api/answers.ts'
import { dryRunQuery } from '#app/api/queries.ts'

export function loader() {
  return methodRefusal('DELETE')
}

/** Erases the copy of a repository. The answer is 202 if the workers erase the rest. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const { decisions, logger } = context
  if (request.method !== 'DELETE') return methodRefusal('DELETE')
  return answer(logger, async () => {
    const dryRun = readQuery(request, dryRunQuery).dry_run !== undefined
    const purged = await decisions.purgeRepository(`${params.owner}/${params.repo}`, { dryRun })
    return Response.json(purged, { status: dryRun || purged.complete ? 200 : 202 })
  })
}
