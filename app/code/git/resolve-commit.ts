/** Finds the commit that somebody asks for. No name is ever read as git's syntax of revisions. */
import { CloneError } from './clone-error.ts'
import { type GitCall, runGit, tryGit } from './run-git.ts'

export type WantedCommit = { branch: string } | { sha: string } | { default: true }

export type ResolvedCommit = { oid: string; branch: string | null }

/** A clone on disk; its commands end with the signal. */
export type Opened = Pick<GitCall, 'folder' | 'signal'>

const SHA = /^[0-9a-f]{7,64}$/
const OID = /^([0-9a-f]{40}|[0-9a-f]{64})$/
/** Objects with one beginning that are looked at. */
const MOST_ALIKE = 100

/** @throws CloneError `unknown branch`, `unknown commit`, `not a commit` or `empty repository`. */
export async function resolveCommit(clone: Opened, wanted: WantedCommit): Promise<ResolvedCommit> {
  if ('branch' in wanted) return resolveBranch(clone, wanted.branch)
  return 'sha' in wanted ? resolveSha(clone, wanted.sha) : resolveDefault(clone)
}

/** Returns the commit of a tag; null if there is none, or it names something else. */
export async function findTag(clone: Opened, name: string): Promise<string | null> {
  if (name.includes('\0')) return null
  const args = ['show-ref', '--verify', '--hash', '--dereference', '--', `refs/tags/${name}`]
  const { code, stdout } = await tryGit({ ...clone, args })
  // An annotated tag is followed by what it names, with its name.
  const [oid] = code === 0 ? (stdout.trim().split('\n').at(-1)?.split(' ') ?? []) : []
  return oid !== undefined && (await isCommit(clone, oid)) ? oid : null
}

export async function isCommit(clone: Opened, oid: string): Promise<boolean> {
  return OID.test(oid) && (await typeOf(clone, oid)) === 'commit'
}

/** @throws CloneError `unknown commit`. */
export async function needCommit(clone: Opened, oid: string): Promise<void> {
  if (!(await isCommit(clone, oid))) throw unknownCommit(oid)
}

async function typeOf(clone: Opened, oid: string): Promise<string | null> {
  const { code, stdout } = await tryGit({ ...clone, args: ['cat-file', '-t', oid] })
  return code === 0 ? stdout.trim() : null
}

async function headOf(clone: Opened, branch: string): Promise<string | null> {
  // An argument ends at a zero byte.
  if (branch.includes('\0')) return null
  // `--verify` takes the whole name as it stands: no patterns, no `~1`, no tags.
  const args = ['show-ref', '--verify', '--hash', '--', `refs/heads/${branch}`]
  const { code, stdout } = await tryGit({ ...clone, args })
  return code === 0 ? stdout.trim() : null
}

async function resolveBranch(clone: Opened, branch: string): Promise<ResolvedCommit> {
  const oid = await headOf(clone, branch)
  if (oid) return { oid, branch }
  await refuseEmpty(clone)
  throw unknownBranch(branch)
}

async function resolveDefault(clone: Opened): Promise<ResolvedCommit> {
  const name = await runGit({ ...clone, args: ['symbolic-ref', 'HEAD'] })
  return resolveBranch(clone, name.trim().replace(/^refs\/heads\//, ''))
}

async function resolveSha(clone: Opened, given: string): Promise<ResolvedCommit> {
  const sha = given.toLowerCase()
  if (!SHA.test(sha)) throw unknownCommit(given)
  const alike = OID.test(sha) ? [sha] : await objectsWith(clone, sha)
  const types = await Promise.all(alike.map((oid) => typeOf(clone, oid)))
  const [oid, ...others] = alike.filter((_, at) => types[at] === 'commit')
  if (oid && others.length === 0) return { oid, branch: null }
  await refuseEmpty(clone)
  if (!oid && types.some((type) => type !== null)) throw notACommit(given)
  throw unknownCommit(given)
}

/** Returns the objects whose ids begin so. */
async function objectsWith(clone: Opened, beginning: string): Promise<string[]> {
  const oids = await runGit({ ...clone, args: ['rev-parse', `--disambiguate=${beginning}`] })
  return oids.split('\n').filter(Boolean).slice(0, MOST_ALIKE)
}

async function refuseEmpty(clone: Opened): Promise<void> {
  const refs = await runGit({ ...clone, args: ['for-each-ref', '--count=1', 'refs/heads'] })
  if (refs !== '') return
  throw new CloneError(
    'empty repository',
    'The repository has no branch yet',
    'Push a commit and try again.',
  )
}

function unknownBranch(branch: string): CloneError {
  const name = branch.slice(0, 100)
  return new CloneError(
    'unknown branch',
    `The repository has no branch ${name}`,
    'Branches are named in full and case matters. It may have been deleted.',
  )
}

function unknownCommit(sha: string): CloneError {
  return new CloneError(
    'unknown commit',
    `The repository has no commit ${sha.slice(0, 64)}`,
    'Give 7 digits or more of a commit on a branch, a tag or a pull request. A force-push may have removed it.',
  )
}

function notACommit(sha: string): CloneError {
  return new CloneError(
    'not a commit',
    `${sha.slice(0, 64)} is an object of the repository, but no commit`,
    'Give the id of a commit. An annotated tag has an id of its own.',
  )
}
