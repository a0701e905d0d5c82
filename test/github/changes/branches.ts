import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import {
  addCommit,
  type Code,
  changeFiles,
  changesBetween,
  commitsBetween,
  filesOf,
  type GitCommit,
  type GivenFiles,
  makeCode,
  tipOf,
} from '../git/code.ts'
import type { Person } from '../git/objects.ts'
import type { Commit, PullRequest, Repository } from '../world/model.ts'
import { pullsOf } from '../world/pulls.ts'
import { showCommit } from '../world/shown-commit.ts'
import { fullName, takeDatabaseId, type World } from '../world/world.ts'
import { change, nowIn, repositoryCalled, repositoryName } from './change.ts'

const path = z
  .string()
  .refine((text) => text.split('/').every((name) => !['', '.', '..', '.git'].includes(name)), {
    error: 'must be a path inside the repository',
  })
const content = z.union([z.string(), z.instanceof(Buffer)])
const mode = z.enum(['100644', '100755', '120000', '160000'])

/** New contents by path; null deletes a file. */
export const fileChanges = z.record(
  path,
  z.union([content, z.null(), z.strictObject({ mode, content })]),
)
const branchName = z.string().regex(/^[\w-][\w./-]*$/)
const login = z.string().default('stand-in-author')

export function personCalled(world: World, name: string): Person {
  return { name, email: `${name}@example.com`, at: nowIn(world) }
}

/** Returns the changes of a commit that names none: a file that no other commit touches. */
export function someFile(world: World, message: string): GivenFiles {
  return { [`notes/${takeDatabaseId(world)}.md`]: `${message}\n` }
}

/** Gives a new repository its code, with a first commit. */
export function beginCode(world: World, repository: Repository): void {
  const code = makeCode()
  const author = personCalled(world, repository.owner.login)
  const readme = `# ${repository.name}\n\n${repository.description ?? ''}`
  const files = changeFiles(code, new Map(), { 'README.md': `${readme.trimEnd()}\n` })
  const first = { files, parents: [], author, committer: author, message: 'Initial commit' }
  code.refs.set(`refs/heads/${repository.defaultBranch}`, addCommit(code, first).oid)
  repository.code = code
}

/** Commits to a branch, or begins one, and pushes it. On another commit than its tip, it is a force-push. */
export const commit = change(
  z.strictObject({
    repository: repositoryName,
    branch: branchName.optional(),
    files: fileChanges,
    message: z.string().default('Change some files'),
    by: login,
    /** The commit to build on; by default the tip of the branch, or of the default branch for a new one. */
    onto: z.string().optional(),
  }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    const code = codeOf(repository)
    const main = repository.defaultBranch ?? 'main'
    const branch = args.branch ?? main
    refuseHead(repository, branch)
    const before = tipOf(code, branch)
    const parent = args.onto ? commitCalled(code, args.onto) : (before ?? tipOf(code, main))
    const author = personCalled(world, args.by)
    const made = addCommit(code, {
      files: changeFiles(code, parent?.files ?? new Map(), args.files),
      parents: parent ? [parent.oid] : [],
      ...{ author, committer: author, message: args.message },
    })
    code.refs.set(`refs/heads/${branch}`, made.oid)
    repository.defaultBranch ??= branch
    repository.pushedAt = nowIn(world)
    return { repository, branch, before: before?.oid ?? null, oid: made.oid }
  },
)

export const deleteBranch = change(
  z.strictObject({ repository: repositoryName, branch: branchName }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    const { branch } = args
    refuseHead(repository, branch)
    const code = codeOf(repository)
    const before = tipOf(code, branch)
    if (!before) throw new BadSourceError(`${fullName(repository)} has no branch ${branch}.`)
    code.refs.delete(`refs/heads/${branch}`)
    repository.pushedAt = nowIn(world)
    return { repository, branch, before: before.oid }
  },
)

function codeOf(repository: Repository): Code {
  if (repository.code) return repository.code
  throw new BadSourceError(
    `The stand-in has no code of ${fullName(repository)}: name a repository of the demo, or one that was created.`,
  )
}

function commitCalled(code: Code, oid: string): GitCommit {
  const commit = code.commits.get(oid)
  if (commit) return commit
  throw new BadSourceError(`There is no commit ${oid}: name all 40 digits.`)
}

/** The commits of a pull request change with its branch, which is what the change `push` is for. */
function refuseHead(repository: Repository, branch: string): void {
  const pull = pullsOf(repository).find((one) => one.state === 'OPEN' && one.headRefName === branch)
  if (pull)
    throw new BadSourceError(`${branch} is the branch of #${pull.number}: use push or forcePush.`)
}

/** Adds a commit on top of another one. */
export function commitOnto(
  world: World,
  code: Code,
  parent: GitCommit,
  given: { message: string; by: string; files?: GivenFiles | undefined },
): GitCommit {
  const author = personCalled(world, given.by)
  return addCommit(code, {
    files: changeFiles(code, parent.files, given.files ?? someFile(world, given.message)),
    parents: [parent.oid],
    ...{ author, committer: author, message: given.message },
  })
}

/** Moves the branch of a pull request to a commit, and its commits and files with it. */
export function moveHead(world: World, pull: PullRequest, code: Code, head: GitCommit): void {
  const known = new Map(pull.commits.map((one) => [one.oid, one]))
  const tip = tipOf(code, pull.baseRefName)?.oid ?? pull.baseRefOid
  const commits = commitsBetween(code, tip, head.oid)
  const show = (one: GitCommit): Commit =>
    known.get(one.oid) ?? showCommit(world, pull.repository, code, one)
  pull.commits = commits.map(show)
  pull.headRefOid = head.oid
  pull.baseRefOid = tip
  pull.files = changesBetween(code, filesOf(code, commits[0]?.parents[0]), head.files)
  pull.additions = pull.files.reduce((sum, one) => sum + one.additions, 0)
  pull.deletions = pull.files.reduce((sum, one) => sum + one.deletions, 0)
  pull.changedFiles = pull.files.length
  code.refs.set(`refs/pull/${pull.number}/head`, head.oid)
  if (pull.head === 'own repository') code.refs.set(`refs/heads/${pull.headRefName}`, head.oid)
}
