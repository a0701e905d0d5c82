import type { ActionFunctionArgs } from '@remix-run/node'
import { answer, check, methodRefusal, readBody } from '#app/api/answers.ts'
import { codeQuery } from '#app/api/shapes/code.ts'
import { ALL, codeName } from '#app/code/ingest/requested-ingest.ts'

export function loader() {
  return methodRefusal('POST')
}

/** Searches the code of a project, or of all. It only reads, but a query is too long for an address. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  if (request.method !== 'POST') return methodRefusal('POST')
  return answer(context.logger, async () => {
    const { query, k, lang, ...rest } = check(codeQuery, await readBody(request))
    const project = params.project === ALL ? undefined : check(codeName, params.project)
    const wanted = { ...rest, text: query, limit: k, language: lang, project }
    const hits = await context.searchCode(context.reader, wanted)
    return Response.json({ query, hits: hits.map(({ branch: _, oid: __, ...hit }) => hit) })
  })
}
