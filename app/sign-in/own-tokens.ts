/** Tokens that people make for their own programs and agents. */
import { type Actor, recordEntry } from '#app/audit/record-entry.ts'
import { createToken, listTokens, revokeToken } from '#app/auth/tokens.server.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'

/** Days for which a token of a person can be made; the last is what the page proposes. */
export const TOKEN_DAYS = [7, 30, 90] as const
const MOST = 20

export interface OwnTokens {
  /** @returns the token itself, which cannot be retrieved later. */
  create(name: string, days: number): Promise<string>
  /** @returns the token's name. */
  revoke(id: string): Promise<string>
}

/** @param personId null for everybody who is no person: they have no tokens of their own. */
export function openOwnTokens(
  { pool, prisma }: Pick<Database, 'pool' | 'prisma'>,
  actor: Actor,
  personId: string | null,
): OwnTokens {
  return {
    async create(name, days) {
      const owner = ownerOf(personId)
      if (!TOKEN_DAYS.some((choice) => choice === days))
        throw new RefusedError('invalid', 'Choose when the token expires', DAYS_HINT)
      if ((await listTokens(pool, owner)).length >= MOST)
        throw new RefusedError('invalid', `You have ${MOST} tokens already`, 'Revoke one first.')
      return (await prisma()).$transaction(async (tx) => {
        const { token } = await createToken(tx, name, { rights: 'read', days }, owner)
        await recordEntry(tx, entryOf(actor, 'token.created', name))
        return token
      })
    },
    async revoke(id) {
      const owner = ownerOf(personId)
      return (await prisma()).$transaction(async (tx) => {
        const name = await revokeToken(tx, id, owner)
        await recordEntry(tx, entryOf(actor, 'token.revoked', name))
        return name
      })
    },
  }
}

const DAYS_HINT = `It lasts ${TOKEN_DAYS.join(', ')} days.`

function ownerOf(personId: string | null): string {
  if (personId !== null) return personId
  throw new RefusedError(
    'forbidden',
    'Only people who signed in with GitHub have tokens of their own',
    'The operator uses `whence token create`.',
  )
}

function entryOf(actor: Actor, action: 'token.created' | 'token.revoked', subject: string) {
  return { actor, action, installationId: null, subject, details: {} }
}
