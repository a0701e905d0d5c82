/** Asks for the code that the setting `code` of an installation names, whenever it was pushed to. */
import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isOpenRun, notForgotten } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { type Cut, isUpToDate } from '../generations/recipes.ts'
import { availability } from '../git/clones.ts'
import {
  branchesFor,
  type ChosenBranches,
  chooseBranches,
  readCodeSetting,
} from './code-setting.ts'
import { cancelIfOpen } from './delete-code.ts'
import type { ReadHeads } from './open-sources.ts'
import { queueIngest } from './request-ingest.ts'
import { findPushedRefs, requestTip, type TipServices, whyNot } from './request-tip.ts'
import { datasetOf, type RequestedIngest } from './requested-ingest.ts'
import { findUnseen, type Look, noteLooks, type WatchedRepository } from './watched-repositories.ts'

const DAY_S = 86_400
/** Until branches are looked up again that could not be. */
const PAUSE_S = 600
const BY = { scope: null, actor: 'schedule', trigger: 'schedule' } as const

export interface Following extends TipServices {
  readHeads: ReadHeads
  /** Returns true if a repository, `owner/name`, matches one of the patterns. */
  matches: (patterns: string[], repository: string) => boolean
  logger: Logger
}

/**
 * Looks up the branches of repositories that were pushed to since the last look, as the syncs and webhooks know.
 * Requests an ingest of each wanted branch that has changed, and hides the code of those that are gone. Called
 * periodically; a repository that fails does not keep the others from it.
 */
export async function followRepositories(following: Following): Promise<void> {
  const { pool } = following
  const unseen = await findUnseen(pool)
  const wanted = unseen.filter((one) => isNamed(following, one) || one.pushed.length > 0)
  const others = unseen.filter((one) => !wanted.includes(one))
  if (others.length > 0)
    await noteLooks(
      pool,
      others.map((repository) => ({ repository, nextInS: null })),
    )
  // Each job would fail; the page Projects says why.
  if (wanted.length === 0 || !(await availability()).available) return
  for (const repository of wanted) await noteLooks(pool, [await lookAt(following, repository)])
}

function isNamed({ matches }: Following, { setting, fullName }: WatchedRepository): boolean {
  return matches(readCodeSetting(setting).repositories, fullName)
}

async function lookAt(following: Following, repository: WatchedRepository): Promise<Look> {
  const { fullName, defaultBranch, pushed } = repository
  const patterns = branchesFor(readCodeSetting(repository.setting), (pattern) =>
    following.matches([pattern], fullName),
  )
  const followed = isNamed(following, repository) ? [defaultBranch, ...patterns] : []
  try {
    const tips = await following.readHeads(repository, [...new Set([...followed, ...pushed])])
    const others = [...tips.keys()].filter((name) => name !== defaultBranch)
    const chosen = chooseBranches(others, patterns)
    if (followed.length > 0) await follow(following, repository, { tips, chosen })
    for (const ref of await findPushedRefs(following.pool, repository.id)) {
      const oid = tips.get(ref.branch)
      if (oid) await requestTip(following, ref, oid)
    }
    const matching = followed.length > 0 ? chosen.matching : 0
    return { repository, nextInS: DAY_S, matching }
  } catch (error) {
    following.logger.warn({ err: error, repository: fullName }, 'its branches were not looked up')
    return { repository, nextInS: PAUSE_S, problem: whyNot(error) }
  }
}

async function follow(
  { pool, cut, maxRetries }: Following,
  repository: WatchedRepository,
  { tips, chosen }: { tips: Map<string, string>; chosen: ChosenBranches },
): Promise<void> {
  const { id, installationId, fullName, defaultBranch } = repository
  const branches = [defaultBranch, ...chosen.branches]
  const tenant = { installationId, repositoryId: id, hasCredentials: true }
  const runs = await transaction(pool, async (tx) => {
    const project = await projectOf(tx, repository)
    const own = await followRename(tx, repository, project)
    const dataset = own ?? { name: datasetOf(fullName), scope: 'project' as const }
    const asked = { project, dataset: dataset.name, scope: dataset.scope, tenant, maxRetries }
    for (const branch of branches) {
      const oid = tips.get(branch)
      if (!oid || (await hasTip(tx, { ...asked, repositoryId: id, cut }, branch, oid))) continue
      await queueIngest(tx, BY, { ...asked, found: { fullName, branch, wantedOid: null, oid } })
    }
    return hideOthers(
      tx,
      id,
      branches.filter((branch) => tips.has(branch)),
    )
  })
  for (const runId of runs) await cancelIfOpen(pool, runId, BY.actor)
}

/** Returns true if search sees the commit of the branch, cut as it is wanted. */
async function hasTip(
  tx: Queryable,
  place: { repositoryId: string; project: string; dataset: string; cut: Cut },
  branch: string,
  oid: string,
): Promise<boolean> {
  const { rows } = await tx.query<{ refId: string; currentOid: string | null }>(
    `select r.id as ref_id, r.oid as current_oid from code_ref r
       join dataset d on d.id = r.dataset_id join project p on p.id = d.project_id
     where r.repository_id = $1 and p.name = $2 and d.name = $3 and r.branch = $4`,
    [place.repositoryId, place.project, place.dataset, branch],
  )
  return rows[0] !== undefined && (await isUpToDate(tx, { ...rows[0], cut: place.cut }, oid))
}

/** Hides the code of branches that are followed no longer. @returns the open jobs of them. */
async function hideOthers(
  tx: Queryable,
  repositoryId: string,
  branches: string[],
): Promise<string[]> {
  const { rows } = await tx.query<{ runs: string[] }>(
    `update code_ref r set hidden_at = clock_timestamp(), dataset_id = null
     where r.repository_id = $1 and r.is_followed and r.branch <> all($2::text[])
       and ${notForgotten('r')}
     returning array(select o.id::text from ingest i join run o on o.id = i.run_id
       and ${isOpenRun('o')} where i.ref_id = r.id) as runs`,
    [repositoryId, branches],
  )
  return rows.flatMap(({ runs }) => runs)
}

interface Dataset {
  name: string
  scope: RequestedIngest['scope']
}

/** Gives code of the repository its present name. @returns its dataset in the project, if it has one. */
async function followRename(
  tx: Queryable,
  { id, fullName }: WatchedRepository,
  project: string,
): Promise<Dataset | null> {
  await tx.query(
    'update code_ref set full_name = $2 where repository_id = $1 and full_name <> $2',
    [id, fullName],
  )
  const { rows } = await tx.query<Dataset>(
    `select d.name, d.scope from code_ref r join dataset d on d.id = r.dataset_id
       join project p on p.id = d.project_id
     where r.repository_id = $1 and p.name = $2 order by d.id limit 1`,
    [id, project],
  )
  return rows[0] ?? null
}

/** Returns the project of an installation: its account, with its number if somebody else has that name. */
async function projectOf(
  tx: Queryable,
  { account, installationId }: WatchedRepository,
): Promise<string> {
  const name = datasetOf(`/${account}`)
  const { rows } = await tx.query<{ isTaken: boolean }>(
    'select exists (select from project where name = $1 and installation_id <> $2) as is_taken',
    [name, installationId],
  )
  return rows[0]?.isTaken ? `${name.slice(0, 40)}-${installationId}` : name
}
