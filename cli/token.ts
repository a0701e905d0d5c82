import { type ApiToken, createToken, listTokens, revokeToken } from '#app/auth/tokens.server.ts'
import { type CommandContext, note, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface TokenOptions {
  json: boolean
}

/** The token goes to stdout, and nowhere else: nobody can read it again. */
export async function create(
  context: CommandContext,
  { name, json }: TokenOptions & { name?: string },
): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const made = await createToken(pool, name ?? null)
    if (!json)
      await note(
        context,
        `Created token ${made.id}, "${made.name}". Copy it now; it is not shown again:`,
      )
    await print(context, json ? JSON.stringify(made, null, 2) : made.token)
    return 0
  })
}

export async function list(context: CommandContext, { json }: TokenOptions): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const tokens = await listTokens(pool)
    if (json) await print(context, JSON.stringify({ tokens }, null, 2))
    else if (tokens.length === 0) await note(context, 'There are no tokens yet')
    else await print(context, tokens.map(renderToken).join('\n'))
    return 0
  })
}

/** @param which an id or a name, never the token: others can read a command line. */
export async function revoke(
  context: CommandContext,
  { which, json }: TokenOptions & { which: string },
): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const name = await revokeToken(pool, which)
    await print(context, json ? JSON.stringify({ revoked: name }) : `Token "${name}" is revoked`)
    return 0
  })
}

function renderToken({ id, name, prefix, ...times }: ApiToken): string {
  const facts = [
    `${prefix}…`,
    `created ${times.createdAt.slice(0, 10)}`,
    times.lastUsedAt ? `last used ${times.lastUsedAt.slice(0, 16)}Z` : 'never used',
    times.revokedAt && `revoked ${times.revokedAt.slice(0, 10)}`,
  ]
  return `${id.padStart(4)}  ${name}: ${facts.filter((fact) => fact !== null).join(', ')}`
}
