import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { isExplained, unavailable } from '#app/api/answers.ts'
import { WhyAnswered } from '#app/components/code/why-answered.tsx'
import { WhyForm } from '#app/components/code/why-form.tsx'
import { LINES, readLines } from '#app/why/why-answer.ts'

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data?.answer ? `Why ${data.answer.path?.slice(-80) ?? ''} · Whence` : 'Why · Whence' },
]

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { owner = '', repo = '', '*': place = '' } = params
  const { searchParams } = new URL(request.url)
  const line = searchParams.get('line') ?? ''
  const asked = {
    ...{ repository: `${owner}/${repo}`, place },
    lines: LINES.test(line) ? readLines(line) : null,
    withHistory: searchParams.has('history'),
  }
  const now = new Date().toISOString()
  const shown = { line: asked.lines ? line : '', hasHistory: asked.withHistory, now }
  // The database stores no null character, nor does git.
  if (`${asked.repository}${place}`.includes('\0')) throw new Response(null, { status: 404 })
  try {
    return json({ ...shown, answer: await context.why(context.reader, asked), refusal: null })
  } catch (error) {
    const { name, message, hint } = error as Error & { hint: string }
    if (!isExplained(error)) throw unavailable(context.logger, error)
    const status = name === 'RefusedError' ? 404 : 409
    return json({ ...shown, answer: null, refusal: { message, hint } }, { status })
  }
}

export default function WhyPage() {
  const { answer, refusal, ...asked } = useLoaderData<typeof loader>()
  return (
    <>
      {answer ? (
        <WhyAnswered answer={answer} {...asked} />
      ) : (
        <>
          <h1 className="text-xl font-semibold">Nothing to explain</h1>
          <p className="mt-4 [overflow-wrap:anywhere]">{refusal.message}.</p>
          <p className="mt-2 text-soft">{refusal.hint}</p>
        </>
      )}
      <WhyForm line={asked.line} hasHistory={asked.hasHistory} />
    </>
  )
}
