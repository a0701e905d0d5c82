/** Tokens that people make for their own programs and agents. */
import { type Actor, recordEntry } from '#app/audit/record-entry.ts'
import { isOperator, mayChange, type Scope, visible } from '#app/auth/scope.ts'
import {
  createToken,
  listTokens,
  type MaxDays,
  revokeToken,
  type TokenGrant,
} from '#app/auth/tokens.server.ts'
import type { Config } from '#app/config/env.server.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'

const SHORTER_DAYS = [7, 30]
const LONGEST_DAYS = 90
const MOST = 20
const MOST_REPOSITORIES = 500

/** Returns the days for which a token of a person can be made; the last is what the page proposes. */
export function tokenDays(maxDays: MaxDays): number[] {
  const most = Math.min(maxDays ?? LONGEST_DAYS, LONGEST_DAYS)
  return [...SHORTER_DAYS.filter((days) => days < most), most]
}

export interface OwnTokens {
  /** @returns the token itself, which cannot be retrieved later. */
  create(name: string, days: number): Promise<string>
  /**
   * Makes a token that reads only these repositories, for a person or the operator.
   *
   * @param names `owner/name`, of repositories that whoever asks may read.
   * @returns the token itself, which cannot be retrieved later.
   */
  createNarrowed(name: string, days: number, names: string[]): Promise<string>
  /** @returns the token's name. */
  revoke(id: string): Promise<string>
}

interface Owner {
  scope: Scope
  actor: Actor
  /** Null for everybody who is no person: of them, the operator has narrowed tokens alone. */
  personId: string | null
}

export function openOwnTokens(
  { pool, prisma, config }: Pick<Database, 'pool' | 'prisma'> & { config: Config },
  { scope, actor, personId }: Owner,
): OwnTokens {
  const { TOKEN_MAX_DAYS: maxDays } = config
  async function create(name: string, grant: TokenGrant, owner: string | null): Promise<string> {
    const choices = tokenDays(maxDays)
    if (!choices.some((choice) => choice === grant.days))
      throw new RefusedError(
        'invalid',
        'Choose when the token expires',
        `It lasts ${choices.join(', ')} days.`,
      )
    if (owner !== null && (await listTokens(pool, maxDays, owner)).length >= MOST)
      throw new RefusedError('invalid', `You have ${MOST} tokens already`, 'Revoke one first.')
    const { length: repositories } = grant.repositories ?? []
    return (await prisma()).$transaction(async (tx) => {
      const { token } = await createToken(tx, name, grant, owner)
      await recordEntry(tx, {
        ...entryOf(actor, 'token.created', name),
        details: repositories > 0 ? { repositories } : {},
      })
      return token
    })
  }
  /** Returns null for the operator. */
  const ownerOrOperator = () => (isOperator(scope) && mayChange(scope) ? null : ownerOf(personId))

  return {
    create: async (name, days) => create(name, { rights: 'read', days }, ownerOf(personId)),
    async createNarrowed(name, days, names) {
      const owner = ownerOrOperator()
      const repositories = await findNamed(pool, scope, names)
      return create(name, { rights: 'read', days, repositories }, owner)
    },
    async revoke(id) {
      const owner = ownerOrOperator()
      if (owner === null && !/^\d{1,18}$/.test(id))
        throw new RefusedError('invalid', 'There is no such token', 'Reload the page.')
      return (await prisma()).$transaction(async (tx) => {
        const name = await revokeToken(tx, id, owner)
        await recordEntry(tx, entryOf(actor, 'token.revoked', name))
        return name
      })
    },
  }
}

/** @throws RefusedError that names a repository which does not exist, or which the viewer may not read. */
async function findNamed(db: Queryable, scope: Scope, names: string[]): Promise<string[]> {
  if (names.length === 0 || names.length > MOST_REPOSITORIES)
    throw new RefusedError(
      'invalid',
      'Choose the repositories that the agent reads',
      `From 1 to ${MOST_REPOSITORIES}, each as owner/name.`,
    )
  const wanted = new Map(names.map((name) => [name.toLowerCase(), name]))
  const { values, bind } = parametersOf([[...wanted.keys()]])
  const { rows } = await db.query<{ id: string; name: string }>(
    `select r.id, lower(r.full_name) as name from repository r
     where lower(r.full_name) = any($1::text[]) and ${visible(scope, 'r')(bind)}`,
    values,
  )
  for (const { name } of rows) wanted.delete(name)
  const [missing] = wanted.values()
  if (missing === undefined) return rows.map(({ id }) => id)
  throw new RefusedError(
    'invalid',
    `There is no repository ${missing} that you may read`,
    'Write it as owner/name.',
  )
}

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
