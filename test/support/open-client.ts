import pino from 'pino'
import type { Config } from '#app/config/env.server.ts'
import { openServer } from '#app/database/database.server.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import {
  type Caller,
  type GithubClient,
  type GithubOptions,
  openGithub,
} from '#app/github/client.ts'
import type { GraphqlQuery } from '#app/github/queries/query.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import type { StandIn } from '../github/stand-in.ts'
import type { TestServices } from '../services/setup.ts'

export type As = 'app' | 'token'

export interface OpenedClient {
  github: GithubClient
  caller: Caller
  config: Config
  /** The log output, line by line. */
  lines: string[]
}

export const VIEWER: GraphqlQuery<Record<string, never>, { viewer: { login: string } }> = {
  name: 'viewer',
  text: '{ viewer { login } }',
}

export function configAs(
  { config }: Pick<TestServices['services'], 'config'>,
  standIn: StandIn,
  as: As,
): Config {
  const app = {
    kind: 'app' as const,
    appId: String(standIn.appId),
    privateKey: standIn.privateKey,
    webhookSecret: null,
  }
  const github = as === 'app' ? app : { kind: 'token' as const, token: standIn.personalToken }
  return { ...config, GITHUB_API_URL: standIn.url, github }
}

/** Opens a client of a stand-in GitHub for the first installation that it lists. */
export async function openClient(
  { services }: TestServices,
  standIn: StandIn,
  as: As,
  given: Partial<GithubOptions> = {},
): Promise<OpenedClient> {
  const { pool } = services.database
  const config = given.config ?? configAs(services, standIn, as)
  const lines: string[] = []
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  await refreshInstallations(pool, config, logger)
  const { rows } = await pool.query<{ id: string }>(
    'select id from installation where active order by id limit 1',
  )
  const caller = { installationId: rows[0]?.id as string, priority: PRIORITY.schedule }
  return { github: openGithub({ pool, logger, ...given, config }), caller, config, lines }
}

/** Opens the same client as in another process, with its own pool on the external profile. */
export async function openSecond(
  { services, environment }: TestServices,
  { config }: Pick<OpenedClient, 'config'>,
): Promise<{ github: GithubClient } & AsyncDisposable> {
  const { logger } = services
  const url = environment.DATABASE_URL
  const own = url ? await openServer(url, logger) : null
  const pool = own?.pool ?? services.database.pool
  return {
    github: openGithub({ pool, config, logger }),
    [Symbol.asyncDispose]: async () => own?.close(),
  }
}
