import type { Config } from '#app/config/env.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { addPull, addRepository, insert } from '../laid-rows.ts'
import { addInstallation } from '../rehearsal.ts'
import { makeHistory } from './git-history.ts'
import { layClone } from './lay-clone.ts'
import { layCode } from './lay-code.ts'

export const ENGINE = 'acme/engine'
export const ENGINE_PATH = 'src/a b.c'
const CODE = 'int a;\nint b;\n'
const AT = '2026-01-03T00:00:00Z'

export interface LaidEngine {
  installation: string
  repositoryId: string
  oids: Record<'renamed' | 'squash' | 'pushedAway' | 'sorted', string>
}

/**
 * Lays a repository whose code is ingested. Lines 1 and 2 of a file were pushed directly and renamed; line 3 is of
 * the squash of #7, whose message names #9, and about which a thread of #7 asks.
 */
export async function layEngine(services: {
  database: Database
  config: Pick<Config, 'DATA_DIR'>
}): Promise<LaidEngine> {
  const { pool } = services.database
  const installation = await addInstallation(services.database)
  const synced = { synced_from: '1970-01-01T00:00:00Z', synced_until: AT }
  const repositoryId = await addRepository(pool, installation, ENGINE, synced)
  const git = makeHistory()
  const bin = { bin: 'a\0b\n' }
  const first = git.commit({ 'old.c': CODE, ...bin, 'gone.c': 'x\n' }, [], 'Begin')
  const renamed = git.commit({ [ENGINE_PATH]: CODE, ...bin }, [first], 'Move')
  const counted = { [ENGINE_PATH]: `${CODE}int c;\n`, ...bin }
  const squash = git.commit(counted, [renamed], 'C (#9)')
  git.setHead(7, git.commit(counted, [renamed], 'One'))
  git.setHead(9, git.commit({ ...counted, [ENGINE_PATH]: `${CODE}int d;\n` }, [renamed], 'D'))
  git.setMain(squash)
  const pushedAway = git.commit({ [ENGINE_PATH]: 'int z;\n' }, [renamed], 'Try')
  const [x, y, z] = ['x', 'y', 'z'].map((name) => `int a_function_named_${name}(void);\n`)
  const listed = git.commit({ 'list.c': `${x}${y}${z}` }, [squash], 'List')
  const sorted = git.commit({ 'list.c': `${y}${z}${x}` }, [listed], 'Sort')
  const chunk = { text: `${CODE}int c;`, symbol: 'Engine.count' }
  const files = { [ENGINE_PATH]: { chunks: [chunk] } }
  await layCode(pool, { installation, repository: repositoryId, files, oid: squash })
  await addPull(pool, repositoryId, 9, { state: 'MERGED' })
  await layConversation(services, repositoryId)
  await layClone(services, git, { installation, repositoryId, fullName: ENGINE })
  return { installation, repositoryId, oids: { renamed, squash, pushedAway, sorted } }
}

async function layConversation(
  { database: { pool } }: { database: Database },
  repository_id: string,
): Promise<void> {
  const pull_request_id = await addPull(pool, repository_id, 7, {
    ...{ state: 'MERGED', title: 'Count', body: 'We have to count, as readers asked.' },
  })
  const own = { repository_id, pull_request_id, read_at: AT }
  await insert(pool, 'review_thread', {
    ...{ ...own, node_id: 'T_7', path: ENGINE_PATH, line: 3, diff_side: 'RIGHT' },
    ...{ is_resolved: false, is_outdated: false },
  })
  await insert(pool, 'review_comment', {
    ...{ ...own, node_id: 'RC_7', thread_id: 'T_7', path: ENGINE_PATH, url: 'https://u' },
    ...{ body: 'Why c?', diff_hunk: '@@ -1 +1,2 @@\n+int c;', author_association: 'MEMBER' },
    ...{ created_at: AT, updated_at: AT },
  })
}
