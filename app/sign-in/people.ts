/**
 * Admits people who have signed in with GitHub. What they may read is what GitHub said last: for a minute without
 * a question, then GitHub is asked before a request is answered. While GitHub does not answer, the last answer
 * holds for a quarter of an hour.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { recordIn } from '#app/audit/record-entry.ts'
import { type Rights, type Scope, viewerScope } from '#app/auth/scope.ts'
import { endSessions } from '#app/auth/sessions.server.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { askAccess, withOwnAccount } from './ask-access.ts'
import { isOff, oauthAppOf } from './oauth.ts'
import { actorOf } from './person.ts'
import { readKnown, readPerson, type StoredPerson, storeAccess } from './stored-access.ts'
import { deleteToken, REVOKED, usableToken } from './user-tokens.ts'

/** Seconds for which an answer is used without a question, so that what is lost is hidden within a minute. */
const FRESH = 50
/** Seconds after which an answer is not used any more while GitHub answers slowly. */
const SLOW = 300
/** Seconds after which an answer is not used any more while GitHub does not answer. */
const AWAY = 900
/** How long a request waits for a slow GitHub if there is an answer that may be used. */
const PATIENCE_MS = 3_000
/** After a failure GitHub is not asked again for this long. */
const PAUSE_MS = 5_000
/** An answer can be dropped while GitHub is asked for the next. */
const MOST_TRIES = 3
const MOST_KEPT = 1_000

type Verdict =
  | { kind: 'admitted'; person: StoredPerson; scope: Scope }
  /** The sessions of the person have ended. */
  | { kind: 'ended'; reason: string }
  /** Nobody knows now what the person may read. */
  | { kind: 'away'; reason: string }

export interface People {
  admit(personId: string): Promise<Verdict>
}

interface Services {
  /** The connections of requests. */
  db: Pool
  config: Config
  logger: Logger
}

type Outcome = { kind: 'stored' } | Exclude<Verdict, { kind: 'admitted' }>

export function openPeople(services: Services): People {
  const asking = new Map<string, Promise<Outcome>>()
  const failures = new Map<string, { at: number; outcome: Outcome }>()
  const scopes = openScopes()

  /** Asks GitHub once, however many requests of the person wait for it. */
  function ask(personId: string): Promise<Outcome> {
    const failure = failures.get(personId)
    if (failure && Date.now() - failure.at < PAUSE_MS) return Promise.resolve(failure.outcome)
    const known = asking.get(personId)
    if (known) return known
    const asked = askAndStore(services, personId)
      .then((outcome) => {
        if (outcome.kind === 'away') remember(failures, personId, { at: Date.now(), outcome })
        else failures.delete(personId)
        return outcome
      })
      .finally(() => asking.delete(personId))
    asking.set(personId, asked)
    return asked
  }

  async function decide(personId: string, oldest: number): Promise<Verdict | null> {
    const person = await readPerson(services.db, personId)
    if (!person || person.age === null || person.age > oldest) return null
    if (person.hasAccess) return { kind: 'admitted', person, scope: scopes.of(person) }
    return endAccess(services, person, NOTHING_LEFT)
  }

  return {
    async admit(personId) {
      const fresh = await decide(personId, FRESH)
      if (fresh) return fresh
      const asked = ask(personId)
      // The answer may come after the request has gone on without it.
      asked.catch(() => {})
      const usable = await Promise.race([asked, sleep(PATIENCE_MS, null, { ref: false })])
      const meanwhile = usable ? null : await decide(personId, SLOW)
      if (meanwhile) return meanwhile
      const outcome = await asked
      if (outcome.kind === 'ended') return outcome
      const oldest = outcome.kind === 'away' ? AWAY : FRESH
      const reason = outcome.kind === 'away' ? outcome.reason : 'Your access has just changed'
      return (await decide(personId, oldest)) ?? { kind: 'away', reason }
    },
  }
}

const NOTHING_LEFT = 'GitHub shows you nothing any more of what Whence has a copy of'

/** @throws the error of the database. */
async function askAndStore(services: Services, personId: string): Promise<Outcome> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const outcome = await askOnce(services, personId)
    if (outcome) return outcome
  }
  return { kind: 'away', reason: 'Your access is changing' }
}

/** @returns null if the answer was dropped before it could be stored. */
async function askOnce(services: Services, personId: string): Promise<Outcome | null> {
  const { db, config } = services
  const person = await readPerson(db, personId)
  if (!person) return { kind: 'ended', reason: REVOKED }
  // Another request has just stored an answer, after the one that asks now had looked.
  if (person.age !== null && person.age <= FRESH) return { kind: 'stored' }
  const app = oauthAppOf(config, await readConnection(db, config))
  if (isOff(app)) return { kind: 'away', reason: app.off }
  if (new URL(app.webUrl).host !== person.host)
    return endAccess(services, person, 'Whence uses another GitHub now')
  const known = await readKnown(db, personId)
  let refused: number | null = null
  for (;;) {
    const usable = await usableToken({ db, config, app }, personId, refused)
    if (usable.kind === 'ended') return endAccess(services, person, usable.reason)
    if (usable.kind === 'away') return usable
    const { apiUrl, webUrl } = app
    const { token, version } = usable
    const asked = await askAccess({ apiUrl, webUrl, token }, known.access)
    if (asked.kind === 'away') return asked
    if (asked.kind === 'access') {
      const access = withOwnAccount(asked.access, person.githubId)
      const isStored = await transaction(db, (tx) => storeAccess(tx, person, access, known.version))
      return isStored ? { kind: 'stored' } : null
    }
    // A token can end before its time: it is renewed once, if it can be.
    if (refused !== null) return endAccess(services, person, REVOKED)
    refused = version
  }
}

/** Ends every session of a person whom GitHub does not vouch for any more, and forgets the token. */
async function endAccess(
  { db, config }: Services,
  person: StoredPerson,
  reason: string,
): Promise<{ kind: 'ended'; reason: string }> {
  await transaction(db, async (tx) => {
    await deleteToken(tx, person.personId)
    await tx.query(
      'update person_access set asked_at = null, version = version + 1 where person_id = $1',
      [person.personId],
    )
    const whose = { personId: person.personId }
    const ended = await endSessions(tx, config, { whose, reason })
    if (ended === 0) return
    await recordIn(tx, {
      ...{ actor: actorOf(person), action: 'session.ended', installationId: null },
      ...{ subject: person.login, details: { reason, ended } },
    })
  })
  return { kind: 'ended', reason }
}

/** Keeps the scope of each person while it is the same: whoever listens with one shares its reads. */
function openScopes(): { of(person: StoredPerson): Scope } {
  const kept = new Map<string, { key: string; scope: Scope }>()
  return {
    of({ personId, repositories, operates }) {
      const key = `${repositories.join()}/${operates.join()}`
      const known = kept.get(personId)
      if (known?.key === key) return known.scope
      const rights: Rights = operates.length > 0 ? 'operate' : 'read'
      const scope = viewerScope({ repositories, operates, rights })
      remember(kept, personId, { key, scope })
      return scope
    },
  }
}

function remember<Value>(kept: Map<string, Value>, name: string, value: Value): void {
  kept.delete(name)
  kept.set(name, value)
  const [oldest] = kept.keys()
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
}
