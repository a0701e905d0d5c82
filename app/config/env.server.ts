import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { OperatorError } from './errors.server.ts'
import { isPrivateHost } from './private-hosts.ts'

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) address' })

/**
 * Every variable that Whence reads; docs/configuration.md describes each of them (a test compares the two).
 */
const variables = z.object({
  DATABASE_URL: serviceUrl(/^postgres(ql)?:$/, 'must start with postgres://').optional(),
  DATABASE_DIRECT_URL: serviceUrl(/^postgres(ql)?:$/, 'must start with postgres://').optional(),
  DATABASE_POOL_WEB: integer(1, 500).default(8),
  DATABASE_POOL_WORK: integer(2, 500).default(12),
  DATABASE_POOL_HEALTH: integer(1, 50).default(2),
  REDIS_URL: serviceUrl(/^rediss?:$/, 'must start with redis:// or rediss://').optional(),
  REDIS_EVICTION: anyOf('refuse', 'allow').default('refuse'),
  PORT: integer(0, 65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  FLY_APP_NAME: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, 'must be the name of an app on Fly')
    .optional(),
  DATA_DIR: z.string().default('.whence'),
  GITHUB_API_URL: httpUrl.default('https://api.github.com'),
  GITHUB_WEB_URL: httpUrl.default('https://github.com'),
  GITHUB_APP_ID: z.string().regex(/^\d+$/, 'must be the ID of the App, a number').optional(),
  GITHUB_APP_PRIVATE_KEY: z.string().includes('PRIVATE KEY', 'must be a PEM key').optional(),
  GITHUB_WEBHOOK_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  GITHUB_WEBHOOK_SECRET_PREVIOUS: z.string().min(32, 'must have at least 32 characters').optional(),
  GITHUB_WEBHOOK_MODE: anyOf('push', 'pull', 'none').optional(),
  GITHUB_CLIENT_ID: z.string().optional(),
  GITHUB_CLIENT_SECRET: z.string().optional(),
  GITHUB_TOKEN: z.string().optional(),
  SECRET_KEY: secretKey().optional(),
  SECRET_KEY_PREVIOUS: secretKey().optional(),
  SYNC_HISTORY: z
    .string()
    .regex(/^(all|\d{1,3}y|\d{4}-\d\d-\d\d)$/, 'must be all, years such as 2y, or a date')
    .default('2y'),
  EMBEDDING_PROVIDER: anyOf('auto', 'none', 'hash', 'openai').default('auto'),
  EMBEDDING_MODEL: z.string().optional(),
  EMBEDDING_DIMENSIONS: integer(1, 4000).optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: httpUrl.optional(),
  CODE_CLONE_PROTOCOL: anyOf('https', 'ssh').default('https'),
  CODE_CLONE_MB: integer(1, 1_000_000).default(5_000),
  CODE_CLONES_MB: integer(1, 100_000_000).default(20_000),
  CODE_CLONE_MINUTES: integer(1, 1_440).default(60),
  CODE_CHUNK_SIZE: integer(300, 5_000).default(1_500),
  CODE_CHUNK_OVERLAP: integer(0, 1_000).default(0),
  CODE_MAX_RETRIES: integer(0, 20).default(5),
  ALLOW_PLAIN_HTTP: anyOf('true', 'false').default('false'),
  WORKER_CONCURRENCY: integer(1, 64).default(4),
  TRUSTED_PROXIES: integer(0, 9).default(0),
  API_RATE_LIMIT: integer(1, 1_000_000).default(600),
  TOKEN_MAX_DAYS: z
    .union([z.literal('none').transform(() => null), integer(1, 3_650)], {
      error: 'must be a whole number from 1 to 3650, or none',
    })
    .default(90),
  SESSION_DAYS: integer(1, 90).default(7),
  SESSION_IDLE_HOURS: integer(1, 2_160).default(12),
  AUDIT_DAYS: integer(1, 3_650).default(365),
  LOG_LEVEL: anyOf('trace', 'debug', 'info', 'warn', 'error', 'silent').default('info'),
})

type Variables = z.infer<typeof variables>

export type Profile =
  | { kind: 'embedded'; dataDir: string }
  | {
      kind: 'external'
      databaseUrl: string
      directUrl: string | null
      /** The most connections of this process to the database, for each use. */
      poolSizes: { web: number; work: number; health: number }
      redisUrl: string
    }

type GithubAccess =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  | { kind: 'app'; appId: string; privateKey: string; webhookSecret: string | null }

/** Variables of commands that ask another Whence; the others do not matter to those. */
const remoteVariables = z.object({
  WHENCE_URL: httpUrl.refine(isOrigin, 'must be an address without a path or a user').optional(),
  WHENCE_TOKEN: z
    .string()
    .regex(/^whence_[\w-]{43}$/, 'is not a token of Whence, which begins with whence_')
    .optional(),
  ALLOW_PLAIN_HTTP: variables.shape.ALLOW_PLAIN_HTTP,
})

/** Where another Whence is. */
export interface Remote {
  /** Without a slash at its end. */
  url: string
  /** Null if it needs none, on loopback. */
  token: string | null
}

export interface Config extends Variables {
  profile: Profile
  github: GithubAccess
}

/**
 * Parses the environment variables. An empty variable counts as unset. If `NAME` is unset, `NAME_FILE` names
 * a file that contains its value.
 *
 * @throws OperatorError listing every missing or invalid variable, without the values.
 */
export function readConfig(environment: Partial<NodeJS.ProcessEnv> = process.env): Config {
  const { values, unreadable } = withFiles(environment, variables)
  const parsed = variables.safeParse(values)
  const problems = [
    ...unreadable,
    ...problemsOf(parsed.error),
    ...(unreadable.length > 0 ? [] : contradictions(values)),
    ...plainAddresses(values),
  ]
  if (!parsed.success || problems.length > 0) throw invalid(problems)
  const dataDir = resolve(parsed.data.DATA_DIR)
  return {
    ...parsed.data,
    PUBLIC_URL: publicUrlOf(parsed.data),
    DATA_DIR: dataDir,
    profile: profileOf(parsed.data, dataDir),
    github: githubAccessOf(parsed.data),
  }
}

/**
 * Returns the Whence that `WHENCE_URL` names, or null. A token alone names none: agents on the same machine may
 * read it from the same variable.
 *
 * @throws OperatorError as {@link readConfig} does.
 */
export function readRemote(environment: Partial<NodeJS.ProcessEnv>): Remote | null {
  if (!environment.WHENCE_URL && !environment.WHENCE_URL_FILE) return null
  const { values, unreadable } = withFiles(environment, remoteVariables)
  const parsed = remoteVariables.safeParse(values)
  const problems = [...unreadable, ...problemsOf(parsed.error), ...plainAddresses(values)]
  if (!parsed.success || problems.length > 0) throw invalid(problems)
  const { WHENCE_URL, WHENCE_TOKEN: token = null } = parsed.data
  return WHENCE_URL === undefined ? null : { url: new URL(WHENCE_URL).origin, token }
}

function problemsOf(error: z.ZodError | undefined): string[] {
  return error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
}

function invalid(problems: string[]): OperatorError {
  return new OperatorError(
    `The configuration is not valid: ${problems.join('; ')}`,
    'Correct these environment variables and start again; docs/configuration.md describes each.',
  )
}

/** Returns the problems that no variable shows on its own. */
function contradictions(values: Record<string, string>): string[] {
  const problems: string[] = []
  function needs(name: string, other: string): void {
    if (values[name] && !values[other]) problems.push(`${name} is set, but ${other} is not`)
  }
  needs('DATABASE_URL', 'REDIS_URL')
  needs('REDIS_URL', 'DATABASE_URL')
  needs('DATABASE_DIRECT_URL', 'DATABASE_URL')
  needs('GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY')
  needs('GITHUB_APP_PRIVATE_KEY', 'GITHUB_APP_ID')
  if (values.GITHUB_TOKEN && values.GITHUB_APP_ID)
    problems.push('GITHUB_TOKEN and GITHUB_APP_ID are both set: unset one of them')
  return problems
}

/** Returns a problem for each address to which tokens and texts would be sent unencrypted over the internet. */
function plainAddresses(values: Record<string, string>): string[] {
  if (values.ALLOW_PLAIN_HTTP === 'true') return []
  return ['GITHUB_API_URL', 'GITHUB_WEB_URL', 'OPENAI_BASE_URL', 'WHENCE_URL'].flatMap((name) => {
    const value = values[name] ?? ''
    if (!URL.canParse(value)) return []
    const { protocol, hostname } = new URL(value)
    if (protocol !== 'http:' || isPrivateHost(hostname)) return []
    return [`${name}: use https, or set ALLOW_PLAIN_HTTP=true to send secrets there unencrypted`]
  })
}

/** On Fly each app has an address of its own, so a copied configuration cannot name another's. */
function publicUrlOf({ PUBLIC_URL, FLY_APP_NAME }: Variables): string | undefined {
  return PUBLIC_URL ?? (FLY_APP_NAME && `https://${FLY_APP_NAME}.fly.dev`)
}

function profileOf(env: Variables, dataDir: string): Profile {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = env
  const directUrl = env.DATABASE_DIRECT_URL ?? null
  const poolSizes = {
    web: env.DATABASE_POOL_WEB,
    work: env.DATABASE_POOL_WORK,
    health: env.DATABASE_POOL_HEALTH,
  }
  if (databaseUrl && redisUrl)
    return { kind: 'external', databaseUrl, directUrl, poolSizes, redisUrl }
  return { kind: 'embedded', dataDir }
}

function githubAccessOf(env: Variables): GithubAccess {
  if (env.GITHUB_TOKEN) return { kind: 'token', token: env.GITHUB_TOKEN }
  if (!env.GITHUB_APP_ID || !env.GITHUB_APP_PRIVATE_KEY) return { kind: 'none' }
  return {
    kind: 'app',
    appId: env.GITHUB_APP_ID,
    privateKey: env.GITHUB_APP_PRIVATE_KEY,
    webhookSecret: env.GITHUB_WEBHOOK_SECRET ?? null,
  }
}

function withFiles(environment: Partial<NodeJS.ProcessEnv>, { shape }: z.ZodObject) {
  const values: Record<string, string> = {}
  const unreadable: string[] = []
  for (const name of Object.keys(shape)) {
    const file = environment[`${name}_FILE`]
    try {
      const value = environment[name] || (file ? readFileSync(file, 'utf8').trim() : undefined)
      if (value) values[name] = value
      else if (file) unreadable.push(`${name}_FILE: ${file} is empty`)
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
      unreadable.push(`${name}_FILE: cannot read ${file} (${reason})`)
    }
  }
  return { values, unreadable }
}

function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
}

/** 32 random bytes, as hexadecimal or base64. */
function secretKey() {
  return z
    .string()
    .regex(/^(?:[0-9a-f]{64}|[\w+/-]{43}=?)$/i, 'must be 32 bytes, as hexadecimal or base64')
}

function anyOf<const T extends string>(...words: T[]) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` })
}

/** A URL that its client library can parse; clients throw on an invalid one. */
function serviceUrl(protocol: RegExp, wrongProtocol: string) {
  return z
    .string()
    .refine(isUrl, {
      error: 'is not a valid address (percent-encode special characters of user and password)',
      abort: true,
    })
    .refine((value) => protocol.test(new URL(value).protocol), wrongProtocol)
}

/** True also for what is no URL, which has an error of its own. */
function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return true
  const { pathname, search, hash, username, password } = new URL(value)
  return pathname === '/' && ![search, hash, username, password].some(Boolean)
}

function isUrl(value: string): boolean {
  try {
    const { username, password, pathname } = new URL(value)
    for (const part of [username, password, pathname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}
