import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node'
import { useActionData, useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { readRepositoryNames } from '#app/archive/repositories.ts'
import { isOperator } from '#app/auth/scope.ts'
import { listTokens } from '#app/auth/tokens.server.ts'
import { MadeToken, TokenList } from '#app/components/account/tokens-section.tsx'
import { ConnectForm } from '#app/components/connect/connect-form.tsx'
import { snippetsFor } from '#app/components/connect/snippets.ts'
import { TestCall } from '#app/components/connect/test-call.tsx'
import { NoticeBar } from '#app/components/elements/notice.tsx'
import { Section } from '#app/components/elements/section.tsx'
import { submitAccount } from '#app/forms/account.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { tokenDays } from '#app/sign-in/own-tokens.ts'

const MOST_LISTED = 500

export const meta: MetaFunction = () => [{ title: 'Connect an agent · Whence' }]

/** A new token is shown once, and stays in no cache. */
export const headers = () => ({ 'Cache-Control': 'no-store' })

/** @throws Response 404 for programs, 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { config, reader, viewer, logger } = context
  refusePrograms(context)
  const owner = viewer.person?.id ?? null
  const [tokens, names] = await Promise.all([
    reader.run((db) => listTokens(db, config.TOKEN_MAX_DAYS, owner)),
    reader.run((db) => readRepositoryNames(db, reader.scope, MOST_LISTED + 1)),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  // Of the operator, all tokens are listed, also those of people.
  const own = tokens.filter((one) => owner !== null || (one.owner === null && !one.revokedAt))
  return json({
    tokens: own.filter(({ repositories }) => repositories !== null),
    repositories: names.slice(0, MOST_LISTED),
    hasMore: names.length > MOST_LISTED,
    address: new URL('/mcp', config.PUBLIC_URL ?? request.url).href,
    days: tokenDays(config.TOKEN_MAX_DAYS),
    now: new Date().toISOString(),
  })
}

function refusePrograms({ viewer, reader }: LoadContext): void {
  const isSomebody = viewer.person !== null || isOperator(reader.scope)
  if (viewer.isProgram || !isSomebody) throw new Response(null, { status: 404 })
}

/** @throws Response 404 for programs, 503 if the database does not answer. */
export async function action({ request, context }: ActionFunctionArgs) {
  refusePrograms(context)
  const outcome = await submitAccount(context, await readForm(request))
  return json(outcome, { status: outcome.notice.kind === 'refused' ? 422 : 200 })
}

export default function Connect() {
  const { tokens, repositories, hasMore, address, days, now } = useLoaderData<typeof loader>()
  const outcome = useActionData<typeof action>()
  const made = outcome?.made ?? null
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold tracking-tight">Connect an agent</h1>
      <p className="mb-6 max-w-2xl leading-relaxed text-soft">
        An agent reads the repositories that you choose, as long as you may read them yourself. It
        can change nothing.
      </p>
      <NoticeBar notice={outcome?.notice ?? null} />
      {made !== null && (
        <>
          <MadeToken token={made} />
          <TestCall token={made} />
        </>
      )}
      <Section id="token" title={made === null ? 'Create a token' : 'Create another token'}>
        {repositories.length > 0 ? (
          <ConnectForm repositories={repositories} hasMore={hasMore} days={days} />
        ) : (
          <p className="text-soft">There is no repository to read yet.</p>
        )}
      </Section>
      <Section id="clients" title="Tell the agent">
        {snippetsFor(address, made ?? 'whence_…').map(({ client, place, text }) => (
          <div key={client} className="mb-6">
            <h3 className="font-medium">{client}</h3>
            <p className="mb-2 text-sm leading-relaxed text-soft">{place}</p>
            <pre className="whitespace-pre-wrap rounded-md border border-line bg-surface p-3.5 text-sm [overflow-wrap:anywhere]">
              {text}
            </pre>
          </div>
        ))}
      </Section>
      {tokens.length > 0 && (
        <Section id="agents" title="Your agents">
          <TokenList tokens={tokens} page="/connect" now={now} />
        </Section>
      )}
    </>
  )
}
