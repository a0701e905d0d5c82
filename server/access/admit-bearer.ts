/** Admits programs with a token: of the operator, or of a person, whose access of this moment decides. */
import type { Request, Response } from 'express'
import { covers, readingOnly } from '#app/auth/scope.ts'
import { endsSoon } from '#app/auth/token-life.ts'
import { type Bearer, findBearer, isTokenValid } from '#app/auth/tokens.server.ts'
import type { People } from '#app/sign-in/people.ts'
import { bearerActor, recordFirstUse } from '#app/sign-in/record-first-use.ts'
import type { Services } from '../services/services.ts'
import type { Admitted } from './admitted.ts'
import { costOfRequest } from './costs.ts'
import type { RateLimit } from './rate-limit.ts'
import { cannotTell, type Refusal } from './refusal.ts'
import { isRefusal, type Strangers } from './strangers.ts'

const BAD_TOKEN: Refusal = {
  status: 401,
  title: 'The token is not valid',
  paragraphs: [
    'It is unknown, or it was revoked. `whence token list` shows the tokens; `whence token create` creates another. The page `/account` does it for the tokens of a person.',
  ],
}
const EXPIRED_TOKEN: Refusal = {
  status: 401,
  title: 'The token has expired',
  paragraphs: [
    '`whence token list` shows when each token expires; `whence token create` creates another. The page `/account` does it for the tokens of a person.',
  ],
}

interface BearerDoor {
  rateLimit: RateLimit
  strangers: Strangers
  people: People
}

/** Browsers do not send a token on their own, so the origin of the request is irrelevant. */
export function openBearerAdmission(
  { database, config }: Pick<Services, 'database' | 'config'>,
  { rateLimit, strangers, people }: BearerDoor,
): (token: string, req: Request, res: Response) => Promise<Admitted | Refusal> {
  const { web: db } = database
  const { TOKEN_MAX_DAYS: maxDays } = config
  const program = { sessionId: null, person: null }

  async function admitFor(personId: string, bearer: Bearer, tokenEndsSoon: string | null) {
    const { tokenId, name, narrow } = bearer
    const verdict = await people.admit(personId)
    if (verdict.kind === 'ended') return signInAgain(verdict.reason)
    if (verdict.kind === 'away') return cannotTell(verdict.reason)
    const scope = narrow(readingOnly(verdict.scope))
    const actor = bearerActor(name, verdict.person)
    return {
      ...{ ...program, scope, actor, tokenId, tokenEndsSoon },
      async isStillIn() {
        if (!(await isTokenValid(db, tokenId, maxDays))) return false
        const now = await people.admit(personId)
        return now.kind === 'admitted' && covers(now.scope, scope)
      },
    }
  }

  return async (token, req, res) => {
    const bearer = await strangers.lookUp(req, token, () => findBearer(db, token, maxDays))
    if (isRefusal(bearer)) return bearer
    if (bearer === 'expired') return EXPIRED_TOKEN
    if (!bearer) return BAD_TOKEN
    const { tokenId, name, expiresAt } = bearer
    const tokenEndsSoon = endsSoon(expiresAt) ? (expiresAt?.toISOString() ?? null) : null
    if (tokenEndsSoon) res.set('X-Token-Expires', tokenEndsSoon)
    if (bearer.isNew) await recordFirstUse(db, bearer)
    const seconds = await rateLimit.count(tokenId, costOfRequest(req), res)
    if (seconds !== null) return tooMany(seconds)
    if (!('scope' in bearer)) return admitFor(bearer.personId, bearer, tokenEndsSoon)
    const isStillIn = () => isTokenValid(db, tokenId, maxDays)
    const actor = bearerActor(name, null)
    return { ...program, scope: bearer.scope, actor, tokenId, tokenEndsSoon, isStillIn }
  }
}

function signInAgain(reason: string): Refusal {
  return {
    status: 401,
    title: 'The owner of the token has to sign in again',
    paragraphs: [`${reason}.`, 'The token works again after a sign-in with GitHub.'],
  }
}

export function tooMany(seconds: number): Refusal {
  return {
    status: 429,
    title: 'Too many requests with this token',
    paragraphs: [
      `Try again in ${seconds} s. API_RATE_LIMIT sets how much a token may ask for in a minute; docs/api.md says what each request costs.`,
    ],
    retryAfter: seconds,
  }
}
