import { type Actor, recordEntry } from '#app/audit/record-entry.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { isSealedBefore, seal, unseal } from '#app/secrets/seal.ts'
import { placeOf, SECRETS, type SecretField, type StoredConnection } from './connection.ts'
import { forgetConnection, readStored } from './read-connection.ts'

/** What to store; a field that is left out stays, and null empties it. Secrets are given in plain text. */
export type ConnectionChange = Partial<Omit<StoredConnection, 'version'>>

type Storing = Pick<Database, 'pool' | 'prisma'> & { config: Config }

/** Stores the change with an audit entry that names the fields, never their values. */
export async function storeConnection(
  { pool, prisma, config }: Storing,
  actor: Actor,
  change: ConnectionChange,
): Promise<void> {
  const data = { ...sealSecrets(config, change), updatedAt: new Date() }
  const client = await prisma()
  await client.$transaction(async (tx) => {
    await tx.githubConnection.upsert({
      where: { id: 1 },
      create: { id: 1, ...data },
      update: { ...data, version: { increment: 1 } },
    })
    await recordEntry(tx, {
      ...{ actor, action: 'github.configured', installationId: null, subject: 'GitHub' },
      details: { fields: Object.keys(change) },
    })
  })
  forgetConnection(pool)
}

/**
 * Seals again what an earlier key sealed. Run at each start; a row that another process changes meanwhile is
 * left to it.
 *
 * @returns the number of secrets that were sealed again.
 * @throws OperatorError if one of the secrets cannot be opened.
 */
export async function rotateSecrets({ pool, prisma, config }: Storing): Promise<number> {
  const stored = await readStored(pool)
  if (!stored) return 0
  const old = secretFields().flatMap((field) => {
    const sealed = stored[field]
    return sealed !== null && isSealedBefore(config, sealed) ? [[field, sealed] as const] : []
  })
  if (old.length === 0) return 0
  const again = old.map(([field, sealed]) => [field, unseal(config, sealed, placeOf(field))])
  const data = sealSecrets(config, Object.fromEntries(again) as ConnectionChange)
  const { count } = await (await prisma()).githubConnection.updateMany({
    where: { id: 1, version: stored.version },
    data: { ...data, version: { increment: 1 }, updatedAt: new Date() },
  })
  forgetConnection(pool)
  return count === 0 ? 0 : old.length
}

function sealSecrets(config: Config, change: ConnectionChange): ConnectionChange {
  const sealed = secretFields().flatMap((field) => {
    const text = change[field]
    return text ? [[field, seal(config, text, placeOf(field))]] : []
  })
  return { ...change, ...Object.fromEntries(sealed) }
}

function secretFields(): SecretField[] {
  return Object.keys(SECRETS) as SecretField[]
}
