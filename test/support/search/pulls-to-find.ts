import type { Queryable } from '#app/database/pool.server.ts'
import { addPull, addRepository, insert } from '../laid-rows.ts'

const MOMENT = '2026-06-15T00:00:00Z'
const MERGED = { state: 'MERGED', merged_at: '2026-03-10', closed_at: '2026-03-10T00:00:00Z' }
const STAMPS = { read_at: MOMENT, created_at: MOMENT, url: '' }
const SAID = { ...STAMPS, updated_at: MOMENT, author_association: 'NONE' }
const PEOPLE = { ann: 'User', Bob: 'User', cleo: 'User', 'renovate[bot]': 'Bot' }

export interface PullsToFind {
  addPassage(
    number: number,
    kind: string,
    author: string | null,
    more?: { path?: string; part?: number },
  ): Promise<string>
}

/**
 * Inserts six pull requests in three repositories that differ in everything a qualifier can match. The last
 * one has no known author.
 */
export async function layPullsToFind(db: Queryable, installation: string): Promise<PullsToFind> {
  for (const [login, kind] of Object.entries(PEOPLE))
    await insert(db, 'github_user', { node_id: idOf(login), login, kind, read_at: MOMENT })
  const of = await addPulls(db, installation)
  await addReviews(db, of)
  await addComments(db, of)
  const pulls: PullsToFind = {
    addPassage: (
      number,
      kind,
      author,
      { path = null, part = 0 }: { path?: string | null; part?: number } = {},
    ) =>
      insert(db, 'passage', {
        ...{ ...of(number), ...STAMPS, kind, part, path, author_id: author && idOf(author) },
        ...{ source_id: `${kind}${author}${path}`, text: 'x', tokens: 1 },
        content_hash: Buffer.of(1),
      }),
  }
  await addFiles(db, of)
  await addPassages(pulls)
  return pulls
}

type Of = (number: number) => { pull_request_id: string; repository_id: string }

async function addPulls(db: Queryable, installation: string): Promise<Of> {
  const ids = new Map<number, ReturnType<Of>>()
  async function add(number: number, repository: string, columns: Record<string, unknown>) {
    const id = await addPull(db, repository, number, columns)
    ids.set(number, { pull_request_id: id, repository_id: repository })
  }
  const [ann, bob, cleo, renovate] = Object.keys(PEOPLE).map(idOf)
  const tools = await addRepository(db, installation, 'Acme/tools')
  const docs = await addRepository(db, installation, 'Acme/docs_2')
  const other = await addRepository(db, installation, 'other/tools')
  await add(1, tools, {
    author_id: ann,
    labels: ['Bug', 'good first issue'],
    milestone: 'v1, later',
  })
  await add(2, tools, {
    author_id: bob,
    labels: ['bug'],
    is_draft: true,
    assignee_ids: [ann, cleo],
  })
  await add(3, tools, {
    author_id: renovate,
    ...MERGED,
    labels: ['50%'],
    base_ref_name: 'release/1.0',
  })
  await add(4, docs, { author_id: ann, ...MERGED, is_draft: true, head_ref_name: 'fix_this' })
  await add(5, docs, {
    author_id: cleo,
    state: 'CLOSED',
    closed_at: '2026-05-01T00:00:00Z',
    head_ref_name: 'fixXthis',
    review_decision: 'REVIEW_REQUIRED',
  })
  await add(6, other, { created_at: '2026-06-10T00:00:00Z', updated_at: '2026-06-14T00:00:00Z' })
  return (number) => ids.get(number) as ReturnType<Of>
}

async function addReviews(db: Queryable, of: Of): Promise<void> {
  const reviews: [number, string | null, string, string?][] = [
    [2, 'ann', 'CHANGES_REQUESTED'],
    [2, 'ann', 'APPROVED', 'fine'],
    [2, 'ann', 'COMMENTED'],
    [3, 'ann', 'APPROVED'],
    [3, 'Bob', 'CHANGES_REQUESTED'],
    [4, 'Bob', 'APPROVED'],
    [4, 'Bob', 'DISMISSED'],
    [5, null, 'APPROVED'],
    [6, 'cleo', 'PENDING'],
  ]
  for (const [day, [number, author, state, body = '']] of reviews.entries())
    await insert(db, 'review', {
      ...{ ...of(number), ...SAID, node_id: `V_${day}`, author_id: author && idOf(author) },
      ...{ state, body, submitted_at: `2026-02-0${day + 1}T00:00:00Z` },
    })
}

async function addComments(db: Queryable, of: Of): Promise<void> {
  for (const [number, author] of [
    [1, 'Bob'],
    [1, 'renovate[bot]'],
    [6, null],
  ] as const)
    await insert(db, 'comment', {
      ...{ ...of(number), ...SAID, node_id: `C_${number}_${author}`, body: 'x' },
      author_id: author && idOf(author),
    })
  const said = [
    [3, 'cleo', 'src/Auth/Login.ts'],
    [4, 'Bob', 'docs/src/a.md'],
    [4, 'Bob', 'docs/50%.md'],
  ] as const
  for (const [number, author, path] of said)
    await insert(db, 'review_comment', {
      ...{ ...of(number), ...SAID, node_id: `RC_${path}`, author_id: idOf(author), path },
      ...{ thread_id: `T_${path}`, body: 'x', diff_hunk: '' },
    })
}

async function addFiles(db: Queryable, of: Of): Promise<void> {
  const changed = [
    [1, 'lib/Parser/tokens.c', null],
    [1, 'lib/parser/tree.c', null],
    [2, 'lib/scan.c', 'old/Scanner.c'],
  ] as const
  for (const [place, [number, path, previous_path]] of changed.entries())
    await insert(db, 'pull_request_file', {
      ...{ ...of(number), place, path, previous_path, read_at: MOMENT },
      ...{ change_type: previous_path ? 'RENAMED' : 'MODIFIED', additions: 1, deletions: 0 },
    })
}

async function addPassages({ addPassage }: PullsToFind): Promise<void> {
  for (const number of [1, 2, 3, 4, 5]) await addPassage(number, 'description', 'ann')
  await addPassage(5, 'description', 'ann', { part: 1 })
  await addPassage(6, 'description', null)
  await addPassage(1, 'comment', 'Bob')
  await addPassage(1, 'comment', 'renovate[bot]')
  await addPassage(2, 'review', 'ann')
  await addPassage(3, 'review_comment', 'cleo', { path: 'src/Auth/Login.ts' })
  await addPassage(4, 'review_comment', 'Bob', { path: 'docs/src/a.md' })
  await addPassage(4, 'review_comment', 'Bob', { path: 'docs/50%.md' })
  await addPassage(4, 'commit', null)
}

function idOf(login: string): string {
  return `U_${login}`
}
