import { recordIn } from '#app/audit/record-entry.ts'
import { replaceSessions, startSession } from '#app/auth/sessions.server.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { type Access, askAccess, askPerson, withOwnAccount } from './ask-access.ts'
import { exchangeCode, type OAuthApp } from './oauth.ts'
import { actorOf, type Person, savePerson } from './person.ts'
import type { UnseenOrganisation } from './saml.ts'
import { opensDoor, storeAccess } from './stored-access.ts'
import { storePair } from './user-tokens.ts'

export interface SigningIn {
  code: string
  verifier: string
  redirectUri: string
  /** Values of the browser's cookie, whose sessions end. */
  replaced: string[]
  userAgent: string
}

export type SignedIn =
  /** `value` is that of the session's cookie. */
  | { kind: 'session'; value: string }
  /** GitHub shows the person nothing that Whence has a copy of. */
  | { kind: 'stranger'; login: string; unseen: UnseenOrganisation[] }
  /** GitHub does not accept the code. */
  | { kind: 'refused'; error: string }
  | { kind: 'away'; reason: string }

interface Services {
  db: Pool
  config: Config
  app: OAuthApp
}

/** Exchanges the code that GitHub gave a browser, and starts a session if the person may read anything. */
export async function finishSignIn(
  services: Services,
  { replaced, userAgent, ...answer }: SigningIn,
): Promise<SignedIn> {
  const { db, config, app } = services
  const granted = await exchangeCode(app, answer)
  if (granted.kind !== 'pair') return granted
  const { token } = granted.pair
  const { apiUrl, webUrl } = app
  const [asked, found] = await Promise.all([
    askPerson({ apiUrl, token }),
    askAccess({ apiUrl, webUrl, token }),
  ])
  if (asked.kind === 'refused' || found.kind === 'revoked')
    return { kind: 'refused', error: 'the token is not accepted' }
  if (asked.kind === 'away') return asked
  if (found.kind === 'away') return found
  const person = { host: new URL(webUrl).host, githubId: asked.githubId, login: asked.login }
  const access = withOwnAccount(found.access, person.githubId)
  if (!(await opensDoor(db, access))) return refuse(db, person, access)
  const value = await transaction(db, async (tx) => {
    const wasOperator = await replaceSessions(tx, replaced, config)
    const personId = await savePerson(tx, person, wasOperator)
    await storePair(tx, config, { personId, clientId: app.id, pair: granted.pair })
    await storeAccess(tx, { ...person, personId }, access, null)
    const started = await startSession(tx, { personId, userAgent, limits: config })
    await recordIn(tx, {
      ...{ actor: actorOf(person), action: 'session.started', installationId: null },
      ...{ subject: person.login, details: { wasOperator } },
    })
    return started
  })
  return { kind: 'session', value }
}

async function refuse(db: Pool, person: Person, { unseen }: Access): Promise<SignedIn> {
  await transaction(db, (tx) =>
    recordIn(tx, {
      ...{ actor: actorOf(person), action: 'sign_in.refused', installationId: null },
      ...{ subject: person.login, details: {} },
    }),
  )
  return { kind: 'stranger', login: person.login, unseen }
}
