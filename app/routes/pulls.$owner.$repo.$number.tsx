import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { isOutage } from '../api/answers.ts'
import { CompletenessTable, type ListStanding } from '../components/pull/completeness-table.tsx'
import { ConversationList } from '../components/pull/conversation-list.tsx'
import { type ClosingIssue, PullHeader } from '../components/pull/pull-header.tsx'
import { layOutPage } from '../conversation/lay-out.server.ts'
import { readPull } from '../github/read-pull.ts'
import type { LoadContext } from '../load-context.ts'

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.pull.title.slice(0, 80)} · Whence` : 'Whence' },
]

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const found = await read(context, params)
  const { searchParams } = new URL(request.url)
  const from = searchParams.get('from') ?? ''
  const wanted = {
    from: /^\d{1,9}$/.test(from) ? Number(from) : null,
    at: searchParams.get('at'),
  }
  const conversation = await layOutPage(found, wanted)
  const { commits, reviews, reviewThreads, comments, body, completeness, ...facts } = found
  const pull = {
    ...facts,
    closingIssues: facts.closingIssuesReferences as ClosingIssue[],
    lists: completeness as Record<string, unknown> as Record<string, ListStanding>,
    checks: facts.statusCheckRollup?.state ?? null,
  }
  return json({ pull, conversation, now: new Date().toISOString() })
}

/** @throws Response 404 where there is none in scope, 503 when the database does not answer. */
async function read(
  { database, scope, logger }: LoadContext,
  { owner = '', repo = '', number = '' }: LoaderFunctionArgs['params'],
) {
  try {
    const pull = /^\d{1,9}$/.test(number)
      ? await readPull(database.pool, scope, { fullName: `${owner}/${repo}`, number: +number })
      : null
    if (pull) return pull
  } catch (error) {
    if (!isOutage(error)) throw error
    logger.error({ err: error }, 'a pull request could not be read')
    throw new Response(null, { status: 503 })
  }
  throw new Response(null, { status: 404 })
}

export default function PullPage() {
  const { pull, conversation, now } = useLoaderData<typeof loader>()
  const { lists, isComplete, checkedAt } = pull
  return (
    <>
      <PullHeader pull={pull} now={now} />
      <CompletenessTable {...{ lists, isComplete, checkedAt, now }} />
      <div className="mt-8">
        <ConversationList conversation={conversation} now={now} />
      </div>
    </>
  )
}
