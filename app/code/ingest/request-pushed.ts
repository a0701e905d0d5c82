/** Asks for the code that the setting `code` of an installation names, whenever it was pushed to. */
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, notErasing, notHidden } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { availability } from '../git/clones.ts'
import { queueIngest } from './request-ingest.ts'
import { datasetOf } from './requested-ingest.ts'

interface Pushed {
  id: string
  installationId: string
  account: string
  fullName: string
  defaultBranch: string
  /** As text, because a Date has no microseconds. */
  pushedAt: string
  patterns: string[]
}

const MOST = 500

/** Returns true if a repository matches one of the patterns. */
type Matches = (patterns: string[], repository: string) => boolean

/**
 * Requests an ingest of the default branch of each repository that was pushed to since the last one, as the syncs
 * and webhooks know. Called periodically; a repository that fails does not keep the others from it.
 */
export async function requestPushed(pool: Pool, matches: Matches, logger: Logger): Promise<void> {
  const { rows } = await pool.query<Pushed>(
    `select r.id, r.installation_id, i.account, r.full_name, r.default_branch,
       r.pushed_at::text as pushed_at,
       array(select jsonb_array_elements_text(i.settings -> 'code' -> 'repositories')) as patterns
     from installation i join repository r on r.installation_id = i.id
     where ${isActiveInstallation('i')} and ${notHidden('r')} and ${notErasing('r')}
       and jsonb_typeof(i.settings -> 'code' -> 'repositories') = 'array'
       and i.settings -> 'code' -> 'repositories' <> '[]'
       and r.default_branch is not null and r.pushed_at is not null
       and not exists (select from code_ref c where c.repository_id = r.id
         and c.branch = r.default_branch and c.pushed_at >= r.pushed_at)
     order by r.id limit $1`,
    [MOST],
  )
  const wanted = rows.filter((row) => matches(row.patterns, row.fullName))
  // Each job would fail; the page Projects says why.
  if (wanted.length === 0 || !(await availability()).available) return
  for (const row of wanted) {
    try {
      await requestOne(pool, row)
    } catch (error) {
      logger.warn({ err: error, repository: row.fullName }, 'its code could not be asked for')
    }
  }
}

async function requestOne(pool: Pool, row: Pushed): Promise<void> {
  const by = { scope: null, actor: 'schedule', trigger: 'schedule' } as const
  const tenant = {
    ...{ installationId: row.installationId, repositoryId: row.id },
    hasCredentials: true,
  }
  const found = { fullName: row.fullName, branch: row.defaultBranch, wantedOid: null, oid: null }
  await transaction(pool, async (tx) => {
    const project = await projectOf(tx, row)
    const dataset = (await followRename(tx, row, project)) ?? datasetOf(row.fullName)
    const { refId } = await queueIngest(tx, by, {
      project,
      dataset,
      scope: 'project',
      found,
      tenant,
    })
    await tx.query('update code_ref set pushed_at = $2::timestamptz where id = $1', [
      refId,
      row.pushedAt,
    ])
  })
}

/** Gives code of the repository its present name. @returns its dataset in the project, if it has one. */
async function followRename(
  tx: Queryable,
  { id, fullName }: Pushed,
  project: string,
): Promise<string | null> {
  await tx.query(
    'update code_ref set full_name = $2 where repository_id = $1 and full_name <> $2',
    [id, fullName],
  )
  const { rows } = await tx.query<{ dataset: string }>(
    `select d.name as dataset from code_ref r join dataset d on d.id = r.dataset_id
       join project p on p.id = d.project_id
     where r.repository_id = $1 and p.name = $2 order by d.id limit 1`,
    [id, project],
  )
  return rows[0]?.dataset ?? null
}

/** Returns the project of an installation: its account, with its number if somebody else has that name. */
async function projectOf(tx: Queryable, { account, installationId }: Pushed): Promise<string> {
  const name = datasetOf(`/${account}`)
  const { rows } = await tx.query<{ isTaken: boolean }>(
    'select exists (select from project where name = $1 and installation_id <> $2) as is_taken',
    [name, installationId],
  )
  return rows[0]?.isTaken ? `${name.slice(0, 40)}-${installationId}` : name
}
