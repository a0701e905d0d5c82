import type { ActionFunctionArgs } from '@remix-run/node'
import { answer, check, methodRefusal, readBody } from '#app/api/answers.ts'
import { deletedCode } from '#app/code/ingest/delete-code.ts'
import { codeName, requestedIngest } from '#app/code/ingest/requested-ingest.ts'

const METHODS = 'DELETE, POST'

export function loader() {
  return methodRefusal(METHODS)
}

/** Ingests a repository, or deletes what was ingested: the answer is 202 if the workers delete the rest. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const { decisions, logger } = context
  const project = params.project as string
  if (request.method === 'DELETE')
    return answer(logger, async () => {
      const named = Object.fromEntries(new URL(request.url).searchParams)
      const sent = Object.keys(named).length > 0 ? named : await readBody(request)
      const deletion = await decisions.deleteCode(project, check(deletedCode, sent))
      return Response.json(deletion, { status: deletion.complete ? 200 : 202 })
    })
  if (request.method !== 'POST') return methodRefusal(METHODS)
  return answer(logger, async () => {
    const wanted = check(requestedIngest, await readBody(request))
    const job = await decisions.requestIngest(check(codeName, project), wanted)
    return Response.json(job, {
      status: 202,
      headers: { Location: `/api/v1/jobs/${job.jobId}` },
    })
  })
}
