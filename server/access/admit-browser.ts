/** Admits browsers: the operator's, and those of people who have signed in with GitHub. */
import type { Request } from 'express'
import { type AccessMode, isSecure } from '#app/auth/access.ts'
import { covers, operatorScope } from '#app/auth/scope.ts'
import { sessionValues } from '#app/auth/session.ts'
import { findSession, isSessionOpen, whyEnded } from '#app/auth/sessions.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { isOff, oauthAppOf } from '#app/sign-in/oauth.ts'
import type { People } from '#app/sign-in/people.ts'
import { actorOf } from '#app/sign-in/person.ts'
import type { Services } from '../services/services.ts'
import type { Admitted } from './admitted.ts'
import { cannotTell, type Refusal, signInLinks } from './refusal.ts'
import { isRefusal, type Strangers } from './strangers.ts'

const BY_LINK = [
  'When Whence starts, it prints a link with this address and `/operator?key=`. Open that link in this browser.',
  'A link works once, within an hour. To get a new link, restart Whence.',
]
const WITH_GITHUB =
  'Whence shows you what GitHub lets you read of the repositories that it has a copy of.'
const OR_BY_LINK = 'The operator can also open the link that Whence prints when it starts.'
const BY_TOKEN = 'Programs send `Authorization: Bearer …` with a token from `whence token create`.'
const BY_OWN_TOKEN =
  'Programs send `Authorization: Bearer …` with a token from the page of your account, or from `whence token create`.'

interface BrowserDoor {
  mode: AccessMode
  strangers: Strangers
  people: People
}

type Admission = Pick<Services, 'config' | 'database'>

export function openBrowserAdmission(
  services: Admission,
  { mode, strangers, people }: BrowserDoor,
): (req: Request) => Promise<Admitted | Refusal> {
  const { config, database } = services
  const { web: db } = database
  const browser = { tokenId: null, tokenEndsSoon: null }
  const operator = { ...browser, scope: operatorScope(), actor: 'operator', person: null }

  /** Answers a browser without a session that is open. */
  async function withoutSession(req: Request, values: string[]): Promise<Admitted | Refusal> {
    if (mode === 'local') return { ...operator, sessionId: null, isStillIn: async () => true }
    const reason = values.length > 0 ? await whyEnded(db, values) : null
    return askToSignIn(services, req, reason)
  }

  async function admitPerson(
    req: Request,
    sessionId: string,
    personId: string,
  ): Promise<Admitted | Refusal> {
    const verdict = await people.admit(personId)
    if (verdict.kind === 'ended') return askToSignIn(services, req, verdict.reason)
    if (verdict.kind === 'away') return cannotTell(verdict.reason)
    const { person, scope } = verdict
    return {
      ...{ ...browser, scope, actor: actorOf(person), sessionId },
      person: { id: personId, login: person.login },
      async isStillIn() {
        if (!(await isSessionOpen(db, sessionId, config))) return false
        const now = await people.admit(personId)
        return now.kind === 'admitted' && covers(now.scope, scope)
      },
    }
  }

  return async (req) => {
    const values = sessionValues(req.headers.cookie, { secure: isSecure(config) })
    if (values.length === 0) return withoutSession(req, values)
    const find = () => findSession(db, values, config)
    const found = await strangers.lookUp(req, values.join(), find)
    if (isRefusal(found)) return found
    if (found === null) return withoutSession(req, values)
    const { id: sessionId, personId } = found
    if (personId !== null) return admitPerson(req, sessionId, personId)
    return { ...operator, sessionId, isStillIn: () => isSessionOpen(db, sessionId, config) }
  }
}

/** @param reason why the last session ended, if it was not asked for. */
async function askToSignIn(
  { config, database }: Admission,
  req: Request,
  reason: string | null,
): Promise<Refusal> {
  const why = reason === null ? [] : [`You were signed out: ${reason}.`]
  if (isOff(oauthAppOf(config, await readConnection(database.web, config))))
    return {
      status: 401,
      title: 'Sign in with the operator link',
      paragraphs: [...why, ...BY_LINK, BY_TOKEN],
    }
  return {
    status: 401,
    title: 'Sign in to Whence',
    paragraphs: [...why, WITH_GITHUB, BY_OWN_TOKEN, OR_BY_LINK],
    links: signInLinks(req),
  }
}
