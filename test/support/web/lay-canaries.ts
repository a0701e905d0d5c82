/** Repositories whose every text has a word that nobody may see who may not read them. */
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { countLaid, layCode } from '../code/lay-code.ts'
import { addPull, insert } from '../laid-rows.ts'

const AT = '2026-01-02T00:00:00Z'

/** What addresses name. None of it is the canary, so that an answer that repeats its question shows none. */
export interface Subject {
  owner: string
  name: string
  /** A word of its texts, which a search finds. */
  word: string
  /** The login of who wrote them. */
  author: string
  oid: string
  path: string
  project: string
  dataset: string
}

export interface Laid extends Subject {
  /** In every text, name of a label, path and message. */
  canary: string
}

/** Returns what a repository is called. @param seed a letter from a to f. */
export function subjectOf(owner: string, name: string, seed: string): Laid {
  return {
    ...{ owner, name, word: `quokka${seed}`, author: `author-${seed}`, oid: seed.repeat(40) },
    ...{ path: `src/${seed}.ts`, project: `project-${seed}` },
    ...{ dataset: `dataset-${seed}`, canary: `CANARY${seed}` },
  }
}

interface Place {
  installation: string
  repository: string
  run: string
}

/** Lays one row of everything that is read for a repository. */
export async function layCanaries(
  db: Queryable,
  laid: Laid,
  { installation, repository, run }: Place,
): Promise<void> {
  const { owner, name, word, author, oid, path, canary } = laid
  const text = `${word} ${canary}`
  await db.query('update repository set description = $2, topics = $3 where id = $1', [
    repository,
    text,
    [canary.toLowerCase()],
  ])
  const author_id = `U_${author}`
  await insert(db, 'github_user', { node_id: author_id, login: author, kind: 'User', read_at: AT })
  const pull_request_id = await addPull(db, repository, 7, {
    ...{ title: text, body: text, labels: [canary], head_ref_name: `branch-${canary}`, author_id },
    ...{ merge_commit: oid, state: 'MERGED', merged_at: AT },
  })
  const of = { repository_id: repository, pull_request_id, read_at: AT }
  const said = { ...of, created_at: AT, updated_at: AT, author_association: 'NONE', author_id }
  const id = (kind: string) => `${kind}_${name}`
  const body = { body: text, url: 'https://u' }
  await insert(db, 'comment', { ...said, ...body, node_id: id('C') })
  const review = { ...said, ...body, node_id: id('V'), state: 'APPROVED', submitted_at: AT }
  await insert(db, 'review', review)
  const thread = { node_id: id('T'), path, diff_side: 'RIGHT', is_resolved: false }
  await insert(db, 'review_thread', { ...of, ...thread, is_outdated: false })
  const place = { thread_id: id('T'), review_id: id('V'), path, diff_hunk: canary }
  await insert(db, 'review_comment', { ...said, ...body, ...place, node_id: id('RC') })
  await insert(db, 'commit', {
    ...{ repository_id: repository, oid, message: text, url: 'https://u', read_at: AT },
    ...{ authored_at: AT, committed_at: AT, additions: 1, deletions: 0 },
  })
  await insert(db, 'pull_request_commit', { pull_request_id, oid, position: 1, read_at: AT })
  await insert(db, 'passage', {
    ...{ repository_id: repository, pull_request_id, kind: 'description', source_id: id('s') },
    ...{ part: 0, text, tokens: 3, content_hash: Buffer.from(name), url: 'https://u' },
    ...{ author_id, created_at: AT, read_at: AT },
  })
  await insert(db, 'pull_request_file', {
    ...{ ...of, place: 1, path: `${path}.${canary}`, previous_path: null },
    ...{ change_type: 'MODIFIED', additions: 1, deletions: 0 },
  })
  await insert(db, 'check_list', {
    ...{ node_id: `PR_${repository}_7`, repository_id: repository, head_oid: 'h0', read_at: AT },
    ...{ rollup_state: 'SUCCESS', total: 1, contexts: JSON.stringify([{ name: canary }]) },
  })
  await insert(db, 'gap', {
    ...{ repository_id: repository, kind: 'pull_request', node_id: id('PR') },
    ...{ name: `${owner}/${name}#8`, reason: canary, next_try_at: AT },
  })
  await insert(db, 'work_item', {
    ...{ run_id: run, position: 1, key: name, priority: 3, state: 'failed', settled_at: AT },
    ...{ subject: `${owner}/${name}#7`, message: `${owner}/${name}#7 ${canary}` },
  })
  await layCodeOf(db, laid, { installation, repository })
}

async function layCodeOf(
  db: Queryable,
  { owner, name, word, oid, path, project, dataset, canary }: Laid,
  { installation, repository }: Omit<Place, 'run'>,
): Promise<void> {
  const chunk = { text: `const ${word} = '${canary}'`, symbol: canary }
  const ref = await layCode(db, {
    ...{ installation, repository, fullName: `${owner}/${name}`, project, dataset, oid },
    files: { [path]: { chunks: [chunk], language: 'typescript' } },
  })
  await countLaid(db as Pool, ref)
}

/** Adds a run that works. @returns its id. */
export async function layRun(db: Queryable, installation: string): Promise<string> {
  const run = await insert(db, 'run', {
    ...{ installation_id: installation, mode: 'full', trigger: 'cli', state: 'running' },
    ...{ request: '{}', started_at: AT },
  })
  await insert(db, 'stage', {
    ...{ run_id: run, position: 1, step: 'github_repositories', stage: 'extraction' },
    ...{ upstream: [], total: 9, failed: 2, first_item_at: AT },
  })
  return run
}

/** Makes what was laid findable. */
export async function countWords(pool: Pool): Promise<void> {
  await fillWords(pool, new AbortController().signal)
}
