import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { urlOf } from '#app/code/search/url-of.ts'
import { PAGE_LINES } from '#app/code/views/page-lines.ts'
import { readFile, type WantedFile } from '#app/code/views/read-file.ts'
import { SourceLines } from '#app/components/code/source-lines.tsx'
import { whyUrl } from '#app/components/code/why-url.ts'
import { LINK, OutwardLink } from '#app/components/elements/outward-link.tsx'
import { readConnection } from '#app/github/connection/read-connection.ts'

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.file.path.slice(-80)} · Whence` : 'Whence' },
]

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { owner = '', repo = '', '*': place = '' } = params
  const from = new URL(request.url).searchParams.get('from') ?? ''
  const found = await read(context, {
    ...{ repository: `${owner}/${repo}`, place },
    from: /^[1-9]\d{0,8}$/.test(from) ? Number(from) : 1,
  })
  if (found === null) throw new Response(null, { status: 404 })
  return json(found)
}

/** @throws Response 503 if the database does not respond. */
async function read(
  { reader, config, colour, margin: readMargin, logger }: LoadContext,
  wanted: WantedFile,
) {
  // The database stores no null character.
  if (`${wanted.repository}${wanted.place}`.includes('\0')) return null
  try {
    const file = await reader.run((db) => readFile(db, reader.scope, wanted))
    if (!file) return null
    const { webUrl } = await reader.run((db) => readConnection(db, config))
    const { lines: endLine, oid } = file
    const { text, ...rest } = file
    const shown = await colour({ text, language: file.language })
    const { first, repository, path } = file
    const margin = await readMargin(reader, {
      ...{ repository, oid, path, from: first, to: first + shown.length - 1 },
    })
    return {
      ...{ file: rest, shown, margin },
      url: urlOf(webUrl, { ...file, startLine: 1, endLine }, oid).replace(/#.*$/, ''),
    }
  } catch (error) {
    throw unavailable(logger, error)
  }
}

export default function CodePage() {
  const { file, shown, margin, url } = useLoaderData<typeof loader>()
  const { repository, branch, oid, path, language, lines, first } = file
  const next = first + shown.length
  return (
    <>
      <h1 className="text-xl font-semibold [overflow-wrap:anywhere]">{path}</h1>
      <p className="mt-2 text-[0.9375rem] text-soft [overflow-wrap:anywhere]">
        {repository}, {branch} at <OutwardLink href={url}>{oid.slice(0, 7)}</OutwardLink>
        {language !== null && `, ${language}`}, {lines.toLocaleString('en')} lines
      </p>
      <SourceLines
        {...{ lines: shown, first, margin }}
        whyOf={(lines) => whyUrl({ repository, ref: oid, path, lines })}
      />
      <p className="mt-4 flex flex-wrap justify-between gap-4">
        {first > 1 && (
          <a href={`?from=${Math.max(1, first - PAGE_LINES)}`} className={LINK}>
            Lines before
          </a>
        )}
        {next <= lines && (
          <a href={`?from=${next}`} rel="next" className={LINK}>
            Lines after
          </a>
        )}
      </p>
    </>
  )
}
