import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node'
import { useActionData, useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { listSessions } from '#app/auth/sessions.server.ts'
import { listTokens } from '#app/auth/tokens.server.ts'
import { AccessSection, type ShownAccess } from '#app/components/account/access-section.tsx'
import { SessionsSection } from '#app/components/account/sessions-section.tsx'
import { type Off, SignInSection } from '#app/components/account/sign-in-section.tsx'
import { TokensSection } from '#app/components/account/tokens-section.tsx'
import { NoticeBar } from '#app/components/elements/notice.tsx'
import { submitAccount } from '#app/forms/account.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { describeAccess } from '#app/sign-in/describe-access.ts'
import { isOff, oauthAppOf } from '#app/sign-in/oauth.ts'
import { tokenDays } from '#app/sign-in/own-tokens.ts'

export const meta: MetaFunction = () => [{ title: 'Account · Whence' }]

/** A new token is shown once, and stays in no cache. */
export const headers = () => ({ 'Cache-Control': 'no-store' })

/** @throws Response 404 for programs, 503 if the database does not answer. */
export async function loader({ context }: LoaderFunctionArgs) {
  const { config, reader, viewer, logger } = context
  const { person, sessionId, isProgram } = viewer
  if (isProgram) throw new Response(null, { status: 404 })
  const [sessions, tokens, access, off] = await Promise.all([
    reader.run((db) => listSessions(db, config, person ? { personId: person.id } : 'operator')),
    person ? reader.run((db) => listTokens(db, config.TOKEN_MAX_DAYS, person.id)) : null,
    person ? reader.run((db) => describeAccess(db, person.id)) : null,
    person ? null : readOff(context),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  return json({
    ...{ sessions, tokens, off },
    access: access satisfies ShownAccess | null,
    isPerson: person !== null,
    own: sessionId,
    days: tokenDays(config.TOKEN_MAX_DAYS),
    now: new Date().toISOString(),
  })
}

async function readOff({ config, reader }: LoadContext): Promise<Off> {
  const found = oauthAppOf(config, await reader.run((db) => readConnection(db, config)))
  return isOff(found) ? found : null
}

/** @throws Response 404 for everybody who is no person, 503 if the database does not answer. */
export async function action({ request, context }: ActionFunctionArgs) {
  if (!context.viewer.person) throw new Response(null, { status: 404 })
  const outcome = await submitAccount(context, await readForm(request))
  return json(outcome, { status: outcome.notice.kind === 'refused' ? 422 : 200 })
}

export default function Account() {
  const { sessions, tokens, access, off, isPerson, own, days, now } = useLoaderData<typeof loader>()
  const outcome = useActionData<typeof action>()
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Account</h1>
      <NoticeBar notice={outcome?.notice ?? null} />
      {access && <AccessSection access={access} now={now} />}
      {!isPerson && (
        <p className="leading-relaxed">You are the operator: you see and may change everything.</p>
      )}
      <SessionsSection sessions={sessions} own={own} now={now} />
      {tokens && <TokensSection {...{ tokens, days, now }} made={outcome?.made ?? null} />}
      {!isPerson && <SignInSection off={off} hasSession={own !== null} />}
    </>
  )
}
