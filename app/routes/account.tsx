import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import { listSessions } from '#app/auth/sessions.server.ts'
import { AccessSection, type ShownAccess } from '#app/components/account/access-section.tsx'
import { SessionsSection } from '#app/components/account/sessions-section.tsx'
import { type Off, SignInSection } from '#app/components/account/sign-in-section.tsx'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { describeAccess } from '#app/sign-in/describe-access.ts'
import { isOff, oauthAppOf } from '#app/sign-in/oauth.ts'

export const meta: MetaFunction = () => [{ title: 'Account · Whence' }]

/** @throws Response 503 if the database does not answer. */
export async function loader({ context }: LoaderFunctionArgs) {
  const { config, reader, viewer, logger } = context
  const { person, sessionId } = viewer
  const [sessions, access, off] = await Promise.all([
    reader.run((db) => listSessions(db, config, person ? { personId: person.id } : 'operator')),
    person ? reader.run((db) => describeAccess(db, person.id)) : null,
    person ? null : readOff(context),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  return json({
    sessions,
    access: access satisfies ShownAccess | null,
    off,
    isPerson: person !== null,
    own: sessionId,
    now: new Date().toISOString(),
  })
}

async function readOff({ config, reader }: LoadContext): Promise<Off> {
  const found = oauthAppOf(config, await reader.run((db) => readConnection(db, config)))
  return isOff(found) ? found : null
}

export default function Account() {
  const { sessions, access, off, isPerson, own, now } = useLoaderData<typeof loader>()
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Account</h1>
      {access && <AccessSection access={access} now={now} />}
      {!isPerson && (
        <p className="leading-relaxed">You are the operator: you see and may change everything.</p>
      )}
      <SessionsSection sessions={sessions} own={own} now={now} />
      {!isPerson && <SignInSection off={off} hasSession={own !== null} />}
    </>
  )
}
