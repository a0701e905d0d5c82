import { operatorScope } from '#app/auth/scope.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import { requestIngest } from '#app/code/ingest/request-ingest.ts'
import { requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { matchesAny } from '#app/sync/settings/repository-filter.ts'
import { openCode } from '#server/services/code.ts'
import { openTestServices } from '#test/services/setup.ts'
import type { CodeGithub } from './code-github.ts'

interface Job {
  id: string
  state: string
  branch: string
  /** The commit that it has ingested. */
  oid: string | null
}

/** Opens a Whence whose jobs of code are requested and ended, but do no work. */
export async function openRequests(github: CodeGithub) {
  const test = await openTestServices()
  const addresses = { GITHUB_API_URL: github.url, GITHUB_WEB_URL: github.url }
  const { database, logger } = test.services
  const config = { ...test.services.config, ...addresses }
  const { pool } = database
  const asking = openIngest({ pool, config, github: null })

  /** Ends the open jobs of a dataset, as if they had ingested the newest commits. */
  async function end(dataset: string): Promise<void> {
    const { rows } = await pool.query<{ run: string; ref: string; name: string; branch: string }>(
      `select r.id as run, c.id as ref, c.full_name as name, c.branch from ingest i
         join run r on r.id = i.run_id and ${isOpenRun('r')} join code_ref c on c.id = i.ref_id
       where i.dataset = $1 order by r.id`,
      [dataset],
    )
    for (const { run, ref, name, branch } of rows) {
      const oid = github.tip(name, branch)
      await pool.query('update ingest set oid = $2 where run_id = $1', [run, oid])
      await pool.query('update code_ref set oid = $2, generation = generation + 1 where id = $1', [
        ref,
        oid,
      ])
      await pool.query(
        `update run set state = 'finished', started_at = now(), finished_at = now() where id = $1`,
        [run],
      )
    }
  }

  return {
    ...{ pool, end },
    /** What looks branches up. */
    looking: { pool, logger, ...openCode({ pool, config, logger }), matches: matchesAny },
    async ingest(repo: string, branch = 'main'): Promise<void> {
      const by = { scope: operatorScope(), actor: 'operator', trigger: 'manual' as const }
      const { dataset } = await requestIngest(
        asking,
        by,
        'core',
        requestedIngest.parse({ repo, branch }),
      )
      await end(dataset)
    },
    /** Returns the jobs of a dataset, oldest first. */
    async jobs(dataset: string): Promise<Job[]> {
      const { rows } = await pool.query<Job>(
        `select r.id, r.state, i.branch, i.oid from ingest i join run r on r.id = i.run_id
         where i.dataset = $1 order by r.id`,
        [dataset],
      )
      return rows
    },
    close: () => test.close(),
  }
}
