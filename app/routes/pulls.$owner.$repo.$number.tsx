import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { readChangedFiles } from '#app/archive/changed-files.ts'
import { readOutline, readTexts } from '#app/archive/conversation.ts'
import { readPullFacts } from '#app/archive/pull-requests.ts'
import { readReferenced } from '#app/archive/referenced.ts'
import { timelineOf } from '#app/archive/timeline.ts'
import { findFiles } from '#app/code/views/find-files.ts'
import { ChangedFiles } from '#app/components/pull/changed-files.tsx'
import { CheckList } from '#app/components/pull/check-list.tsx'
import { CompletenessTable } from '#app/components/pull/completeness-table.tsx'
import { ConversationList } from '#app/components/pull/conversation-list.tsx'
import { linkFiles } from '#app/components/pull/linked-files.server.ts'
import { PullHeader } from '#app/components/pull/pull-header.tsx'
import { renderPage } from '#app/components/pull/render-page.server.ts'

/** The page lists this many changed files, and links to the others. */
const SHOWN_FILES = 300

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.pull.title.slice(0, 80)} · Whence` : 'Whence' },
]

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url)
  const from = searchParams.get('from') ?? ''
  const wanted = {
    from: /^\d{1,9}$/.test(from) ? Number(from) : null,
    at: searchParams.get('at'),
  }
  const found = await readPage(context, params, wanted)
  if (found === null) throw new Response(null, { status: 404 })
  const { facts, files, conversation } = found
  const { body, ...pull } = facts
  return json({ pull, files, conversation, now: new Date().toISOString() })
}

/** @throws Response 503 if the database does not respond. */
async function readPage(
  { reader, logger }: LoadContext,
  { owner = '', repo = '', number = '' }: LoaderFunctionArgs['params'],
  wanted: { from: number | null; at: string | null },
) {
  if (!/^\d{1,9}$/.test(number)) return null
  try {
    const name = { fullName: `${owner}/${repo}`, number: Number(number) }
    const found = await reader.run(async (db) => {
      const pull = await readPullFacts(db, reader.scope, name)
      if (!pull) return null
      const { facts, rowId } = pull
      const outline = await readOutline(db, rowId)
      const files = await readChangedFiles(db, rowId, SHOWN_FILES)
      const pages = await findFiles(db, reader.scope, {
        ...{ repository: facts.repository.nameWithOwner, branch: facts.baseRefName },
        paths: files.map(({ path }) => path),
      })
      return { ...pull, outline, files: linkFiles(files, { url: facts.url, pages }) }
    })
    if (!found) return null
    const { facts, rowId, outline, files } = found
    const entries = timelineOf(facts, outline)
    const conversation = await renderPage(entries, wanted, {
      repositoryUrl: facts.url.replace(/\/pull\/\d+$/, ''),
      readTexts: (part) => reader.run((db) => readTexts(db, rowId, part)),
      readCopied: (names) => reader.run((db) => readReferenced(db, reader.scope, names)),
    })
    return { facts, files, conversation }
  } catch (error) {
    throw unavailable(logger, error)
  }
}

export default function PullPage() {
  const { pull, files, conversation, now } = useLoaderData<typeof loader>()
  const { isComplete, checkedAt, completeness: lists } = pull
  return (
    <>
      <PullHeader pull={pull} now={now} />
      <CheckList rollup={pull.statusCheckRollup} completeness={lists.checks} now={now} />
      <ChangedFiles pull={pull} files={files} />
      <CompletenessTable {...{ lists, isComplete, checkedAt, now }} />
      <div className="mt-8">
        <ConversationList conversation={conversation} now={now} />
      </div>
    </>
  )
}
