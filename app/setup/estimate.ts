/** Estimates what a first sync reads, before it starts. */
import type { Config } from '#app/config/env.server.ts'
import { FatalError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { type Caller, type GithubClient, openGithub, type RestAnswer } from '#app/github/client.ts'
import { REQUESTS_OF_A_POINT } from '#app/github/queries/query.ts'
import { PROBE } from '#app/github/queries/repositories.ts'
import { inTwoLists } from '#app/github/sort-nodes.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import {
  type FilterSettings,
  type Listed,
  makeFilter,
  matcherOf,
} from '#app/sync/settings/repository-filter.ts'
import { POINTS_PER_THOUSAND } from '#app/sync/status/forecast.ts'
import { type CodeEstimate, estimateCode } from './estimate-code.ts'

/** GitHub works about so long on a pull request, and asks for one call at a time. */
const SECONDS_PER_PULL = 0.13
/** In four real repositories a pull request has from 190 to 1,240. */
const TOKENS_PER_PULL = 900

export interface Estimate {
  account: string
  repositories: number
  /** All that there are; with a shorter history than `all`, it reads fewer. */
  pullRequests: number
  /** Of GitHub's hourly budget. */
  points: number
  minutes: number
  /** That the embedding provider gets. */
  tokens: number
  /** Null if there is no code, or none can be ingested here. */
  code: CodeEstimate | null
}

interface Asked {
  installationId: string
  account: string
  filter: Partial<FilterSettings>
  /** Patterns of the repositories whose code is to be ingested; null if none can be here. */
  code: string[] | null
}

interface Services {
  pool: Pool
  config: Config
  logger: Logger
}

/** @throws the error of the call to GitHub. */
export async function estimateSync(services: Services, asked: Asked): Promise<Estimate> {
  const github = openGithub(services)
  const caller = { installationId: asked.installationId, priority: PRIORITY.person }
  const granted = await listGranted(github, caller)
  const filter = makeFilter(asked.filter)
  const read = granted.filter((one) => filter.accepts(one))
  const ids = read.map((one) => one.node_id)
  const pullRequests = await countPulls(github, caller, ids)
  const isIngested = matcherOf(asked.code ?? [])
  const ingested = read.filter((one) => isIngested(one))
  const isWanted = ingested.length > 0
  const withCode = asked.code === null ? [] : isWanted ? ingested : read
  const code = withCode.length > 0 ? await estimateCode(github, caller, withCode) : null
  return {
    code: code && { ...code, isWanted },
    ...{ account: asked.account, repositories: read.length, pullRequests },
    points: Math.ceil((pullRequests * POINTS_PER_THOUSAND) / 1000),
    minutes: Math.ceil((pullRequests * SECONDS_PER_PULL) / 60),
    tokens: pullRequests * TOKENS_PER_PULL,
  }
}

type Granted = Listed & { node_id: string }

async function listGranted(github: GithubClient, caller: Caller): Promise<Granted[]> {
  const granted: Granted[] = []
  let page: string | null = '/installation/repositories?per_page=100'
  while (page !== null) {
    const answer: RestAnswer<{ repositories: Granted[] }> = await github.read(caller, page)
    if (!answer.body) throw new FatalError('GitHub does not list the repositories')
    granted.push(...answer.body.repositories)
    page = answer.next
  }
  return granted
}

async function countPulls(github: GithubClient, caller: Caller, ids: string[]): Promise<number> {
  let count = 0
  for (let start = 0; start < ids.length; start += REQUESTS_OF_A_POINT) {
    const asked = inTwoLists(ids.slice(start, start + REQUESTS_OF_A_POINT))
    const { data } = await github.query(caller, PROBE, asked)
    for (const node of [...data.nodes, ...data.more]) count += node?.pullRequests?.totalCount ?? 0
  }
  return count
}
