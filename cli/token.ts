import { recordEntry } from '#app/audit/record-entry.ts'
import { endsSoon } from '#app/auth/token-life.ts'
import {
  type ApiToken,
  checkLife,
  createToken,
  DEFAULT_GRANT,
  listTokens,
  type MaxDays,
  revokeToken,
} from '#app/auth/tokens.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, note, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface TokenOptions {
  json: boolean
}

export interface NewTokenOptions extends TokenOptions {
  name?: string
  operate: boolean
  /** Days until the token expires. */
  expires?: number | 'never'
}

/** Creates a token and prints it to stdout only, since it cannot be retrieved later. */
export async function create(
  context: CommandContext,
  { name, json, operate, expires }: NewTokenOptions,
): Promise<number> {
  const { TOKEN_MAX_DAYS: maxDays } = context.config
  const grant = {
    rights: operate ? ('operate' as const) : ('read' as const),
    days: expires === undefined ? usualDays(maxDays) : expires === 'never' ? null : expires,
  }
  checkLife(grant, maxDays)
  return withDatabase(context, async ({ prisma }) => {
    const made = await createToken(await prisma(), name ?? null, grant)
    await recordToken(await prisma(), 'token.created', made.name)
    if (!json)
      await note(
        context,
        `Created token ${made.id}, "${made.name}", which ${describeGrant(made)}. Copy it now; it is not shown again:`,
      )
    await print(context, json ? JSON.stringify(made, null, 2) : made.token)
    return 0
  })
}

/** Lists the tokens, with a warning of those that end soon. */
export async function list(context: CommandContext, { json }: TokenOptions): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const tokens = await listTokens(pool, context.config.TOKEN_MAX_DAYS)
    if (json) await print(context, JSON.stringify({ tokens }, null, 2))
    else if (tokens.length === 0) await note(context, 'There are no tokens yet')
    else await print(context, tokens.map(renderToken).join('\n'))
    const ending = tokens.filter(isEnding).map(({ id, name }) => `${id}, "${name}"`)
    if (ending.length > 0)
      await note(
        context,
        `Within 14 days these expire: ${ending.join('; ')}. Create others in time`,
      )
    return 0
  })
}

/** @param which an id, or the name of a token of the operator, never the token itself: other users can see command lines. */
export async function revoke(
  context: CommandContext,
  { which, json }: TokenOptions & { which: string },
): Promise<number> {
  return withDatabase(context, async ({ prisma }) => {
    const name = await revokeToken(await prisma(), which)
    await recordToken(await prisma(), 'token.revoked', name)
    await print(context, json ? JSON.stringify({ revoked: name }) : `Token "${name}" is revoked`)
    return 0
  })
}

/** Comes before a new token is printed, so that nobody has one that is not in the audit log. */
function recordToken(
  prisma: PrismaClient,
  action: 'token.created' | 'token.revoked',
  subject: string,
): Promise<void> {
  const entry = { actor: cliActor(), action, installationId: null, subject, details: {} }
  return recordEntry(prisma, entry)
}

function describeGrant({ rights, expiresAt }: Pick<ApiToken, 'rights' | 'expiresAt'>): string {
  const may = rights === 'operate' ? 'reads and makes changes' : 'reads'
  return `${may} and ${expiresAt ? `expires ${dayOf(expiresAt)}` : 'never expires'}`
}

function renderToken({ id, name, owner, prefix, rights, ...times }: ApiToken): string {
  const facts = [
    `${prefix}…`,
    owner && `of ${owner}`,
    rights,
    `created ${dayOf(times.createdAt)}`,
    times.lastUsedAt ? `last used ${times.lastUsedAt.toISOString().slice(0, 16)}Z` : 'never used',
    times.revokedAt ? null : expiryOf(times.expiresAt),
    times.revokedAt && `revoked ${dayOf(times.revokedAt)}`,
  ]
  return `${id.padStart(4)}  ${name}: ${facts.filter((fact) => fact !== null).join(', ')}`
}

function expiryOf(expiresAt: Date | null): string {
  if (!expiresAt) return 'never expires'
  return `${Number(expiresAt) > Date.now() ? 'expires' : 'expired'} ${dayOf(expiresAt)}`
}

/** Returns true for a token that is valid, but not for long. */
function isEnding({ revokedAt, expiresAt }: ApiToken): boolean {
  return !revokedAt && endsSoon(expiresAt) && Number(expiresAt) > Date.now()
}

function usualDays(maxDays: MaxDays): number | null {
  const { days } = DEFAULT_GRANT
  return days === null || maxDays === null ? days : Math.min(days, maxDays)
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}
