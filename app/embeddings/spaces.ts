import type { Queryable } from '#app/database/pool.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'
import { isConsentGiven } from './consent.ts'
import { providerOfSpace } from './long-inputs.ts'
import type { EmbeddingProvider } from './providers/provider.ts'
import {
  type EmbeddingConfig,
  providerName,
  resolveProvider,
} from './providers/resolve-provider.ts'

/**
 * Vectors of one provider, model and length. Search reads the active space, which a row of `setting` names.
 * New vectors go into the wanted space, which the configuration determines. If the two differ,
 * `fill-space.ts` fills the wanted space, activates it and drops the other.
 */
export interface Space {
  id: string
  provider: string
  model: string
  dimensions: number
  /** Last time at which every passage was known to have its vector, except for refused ones. */
  filledAt: Date | null
  /**
   * Weights of its vectors for short and long queries, and the similarity that made-up words reach; null
   * until they are measured.
   */
  fusion: { short: { weight: number }; long: { weight: number }; floor?: number } | null
  /** The longest input that the provider reads to its end, in tokens; null until it is measured. */
  inputTokens: number | null
}

const ACTIVE = 'embedding_space'
/** Prefix of the keys in `setting` under which the progress of filling a space is stored. */
export const FILL_PREFIX = 'embedding_fill.'
const SPACE_COLUMNS =
  's.id, s.provider, s.model, s.dimensions, s.filled_at, s.fusion, s.input_tokens'

/** Returns the space that search reads. */
export async function activeSpace(db: Queryable): Promise<Space | null> {
  const { rows } = await db.query<Space>(
    `select ${SPACE_COLUMNS} from embedding_space s
     join setting on setting.key = $1 and setting.value = to_jsonb(s.id)`,
    [ACTIVE],
  )
  return rows[0] ?? null
}

/**
 * Returns the provider's space and creates it on first use; the first space ever created becomes active at
 * once.
 */
export async function ensureSpace(db: Queryable, provider: EmbeddingProvider): Promise<Space> {
  const name = [provider.provider, provider.model, provider.dimensions]
  const find = `select ${SPACE_COLUMNS} from embedding_space s
    where provider = $1 and model = $2 and dimensions = $3`
  const found = (await db.query<Space>(find, name)).rows[0]
  if (found) return found
  await db.query(
    `insert into embedding_space (provider, model, dimensions) values ($1, $2, $3)
     on conflict do nothing`,
    name,
  )
  const { rows } = await db.query<Space>(find, name)
  const [space] = rows as [Space]
  await db.query(
    `insert into setting (key, value) values ($1, to_jsonb($2::bigint)) on conflict do nothing`,
    [ACTIVE, space.id],
  )
  return space
}

/** The provider and space of new vectors, or the reason why none are made. */
export type SpaceChoice =
  | { provider: EmbeddingProvider; space: Space }
  | { provider: null; space: Space | null; reason: string; hint: string | null }

/**
 * Chooses the space for new vectors. An unset variable does not replace a space that has vectors: they were
 * paid for, and the variable may have been unset by mistake.
 */
export async function chooseSpace(
  db: Queryable,
  config: EmbeddingConfig,
  provider: EmbeddingProvider | null,
): Promise<SpaceChoice> {
  const active = await activeSpace(db)
  if (!provider)
    return { provider, space: active, reason: 'EMBEDDING_PROVIDER is none', hint: null }
  const held = await findBlock(db, config, provider, active)
  if (held) return { provider: null, space: active, ...held }
  const isActive =
    active?.provider === provider.provider &&
    active.model === provider.model &&
    active.dimensions === provider.dimensions
  const space = isActive ? active : await ensureSpace(db, provider)
  return { provider: providerOfSpace(db, provider, space), space }
}

/**
 * Returns the reason why nothing is embedded although a provider is configured, with a hint. Read-only.
 *
 * @returns null if there is no problem.
 */
export async function readBlock(
  db: Queryable,
  config: EmbeddingConfig,
): Promise<{ reason: string; hint: string } | null> {
  const provider = resolveProvider(config)
  return provider && findBlock(db, config, provider, await activeSpace(db))
}

async function findBlock(
  db: Queryable,
  config: EmbeddingConfig,
  wanted: EmbeddingProvider,
  active: Space | null,
): Promise<{ reason: string; hint: string } | null> {
  const unset = active && unsetBy(config, wanted, active)
  if (active && unset && (await hasVectors(db, active))) return unset
  return wanted.outside === null || (await isConsentGiven(db))
    ? null
    : withoutConsent(wanted.outside)
}

function withoutConsent(host: string) {
  return {
    reason: `No installation allows its texts to be sent to ${host}`,
    hint: 'Allow it in the settings of an installation (outside_embedding), or set EMBEDDING_PROVIDER to hash.',
  }
}

/** Returns the unset variable that the active space needs, if that alone would start another space. */
function unsetBy(config: EmbeddingConfig, wanted: EmbeddingProvider, active: Space) {
  if (active.provider !== 'openai') return null
  const has = `The existing vectors are from ${active.model} (${active.dimensions} values)`
  if (wanted.provider === 'hash' && config.EMBEDDING_PROVIDER === 'auto')
    return {
      reason: `${has}, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set`,
      hint: 'Set the variable that was set before, or set EMBEDDING_PROVIDER to hash to discard these vectors.',
    }
  if (providerName(config) !== 'openai') return null
  if (wanted.model !== active.model)
    return config.EMBEDDING_MODEL ? null : unsetVariable(has, 'EMBEDDING_MODEL', active, wanted)
  if (wanted.dimensions === active.dimensions || config.EMBEDDING_DIMENSIONS) return null
  return unsetVariable(has, 'EMBEDDING_DIMENSIONS', active, wanted)
}

function unsetVariable(has: string, name: string, active: Space, wanted: EmbeddingProvider) {
  const field = name === 'EMBEDDING_MODEL' ? 'model' : 'dimensions'
  return {
    reason: `${has}, but ${name} is not set`,
    hint: `Set ${name} to ${active[field]}, or to ${wanted[field]} to compute all vectors again.`,
  }
}

async function hasVectors(db: Queryable, space: Space): Promise<boolean> {
  if (space.filledAt) return true
  const { rows } = await db.query('select from embedding where space_id = $1 limit 1', [space.id])
  return rows.length > 0
}

/**
 * Marks every space except this one (null: every space) as incomplete because passages were embedded
 * without it, so that it is filled when it is wanted again.
 */
export async function noteHoles(db: Queryable, except: Space | null): Promise<void> {
  await db.query(
    `update embedding_space set filled_at = null
     where filled_at is not null and id is distinct from $1`,
    [except?.id ?? null],
  )
}

/** Makes a space the active one and marks it as filled. */
export async function activate(db: Queryable, space: Space): Promise<void> {
  await db.query('update embedding_space set filled_at = clock_timestamp() where id = $1', [
    space.id,
  ])
  await db.query(
    `insert into setting (key, value) values ($1, to_jsonb($2::bigint))
     on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [ACTIVE, space.id],
  )
}

/** Makes the spaces be filled again, after texts were allowed that have been left out. */
export async function fillAgain(tx: Pick<PrismaClient, '$executeRaw' | 'setting'>): Promise<void> {
  await tx.setting.deleteMany({ where: { key: { startsWith: FILL_PREFIX } } })
  await tx.$executeRaw`update embedding_space set filled_at = null where filled_at is not null`
  await tx.$executeRaw`update code_ref set space_id = null where space_id is not null`
}
