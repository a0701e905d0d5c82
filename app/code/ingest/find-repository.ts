/** Finds on GitHub what is to be ingested, so that a request that cannot succeed is refused at once. */
import { z } from 'zod'
import {
  FatalError,
  OperatorError,
  RateLimitedError,
  RefusedError,
} from '#app/config/errors.server.ts'

/**
 * Reads a path of GitHub's API with the credentials of the tenant.
 *
 * @returns the body, or null if there is no such thing, or none that may be read.
 */
export type ReadGithub = (path: string) => Promise<unknown>

export interface Wanted {
  /** `owner/name`. */
  repository: string
  branch: string | undefined
  sha: string | undefined
}

/** What will be ingested. */
export interface FoundCommit {
  /** `owner/name` as GitHub spells it; after a rename, the new one. */
  fullName: string
  branch: string
  /** The commit asked for; null for the newest of the branch. */
  wantedOid: string | null
  /** The commit that was found. */
  oid: string
}

const repositoryAnswer = z.object({ full_name: z.string(), default_branch: z.string() })
const branchAnswer = z.object({ commit: z.object({ sha: z.string() }) })
const comparison = z.object({ status: z.string() })

/**
 * @throws RefusedError if there is no such repository, branch or commit, or the commit is not on the branch.
 * @throws OperatorError if GitHub does not say so now.
 */
export async function findCommit(read: ReadGithub, wanted: Wanted): Promise<FoundCommit> {
  const { repository, sha } = wanted
  const known = repositoryAnswer.safeParse(await ask(read, `/repos/${repository}`)).data
  if (!known) throw unreadable(repository)
  const branch = wanted.branch ?? known.default_branch
  const path = `/repos/${known.full_name}`
  const tip = branchAnswer.safeParse(await ask(read, `${path}/branches/${escaped(branch)}`)).data
  if (!tip) throw await withoutBranch(read, path, { ...known, branch })
  const found = { fullName: known.full_name, branch }
  if (!sha) return { ...found, wantedOid: null, oid: tip.commit.sha }
  const compared = comparison.safeParse(
    sha === tip.commit.sha
      ? { status: 'identical' }
      : await ask(read, `${path}/compare/${tip.commit.sha}...${sha}`),
  ).data
  if (!compared)
    throw new RefusedError(
      'unknown',
      `${known.full_name} has no commit ${sha}`,
      'Check the id; a commit that was force-pushed away may be gone.',
    )
  if (compared.status !== 'behind' && compared.status !== 'identical')
    throw new RefusedError(
      'invalid',
      `sha: ${sha} is not a commit of the branch ${branch}`,
      'Name the branch that has it, or leave out sha for its newest commit.',
    )
  return { ...found, wantedOid: sha, oid: sha }
}

async function withoutBranch(
  read: ReadGithub,
  path: string,
  { full_name, default_branch, branch }: z.infer<typeof repositoryAnswer> & { branch: string },
): Promise<RefusedError> {
  const first = await ask(read, `${path}/branches/${escaped(default_branch)}`)
  if (!first)
    return new RefusedError(
      'unknown',
      `${full_name} has no commits yet`,
      'Push some, then try again.',
    )
  return new RefusedError(
    'unknown',
    `${full_name} has no branch ${branch}`,
    `Its default branch is ${default_branch}.`,
  )
}

/** A branch may have a slash, which belongs to the path. */
function escaped(branch: string): string {
  return branch.split('/').map(encodeURIComponent).join('/')
}

function unreadable(repository: string): RefusedError {
  return new RefusedError(
    'unknown',
    `GitHub has no ${repository}, or does not show it to Whence`,
    'Check the spelling, and that the App or the token may read it.',
  )
}

async function ask(read: ReadGithub, path: string): Promise<unknown> {
  try {
    return await read(path)
  } catch (error) {
    if (error instanceof FatalError)
      throw new OperatorError(error.message, 'Try again later.', { cause: error })
    if (error instanceof RateLimitedError)
      throw new OperatorError(
        'GitHub accepts no more requests at the moment',
        `Try again after ${error.until.toISOString()}.`,
        { cause: error },
      )
    throw new OperatorError(
      `GitHub could not be asked: ${(error as Error).message}`,
      'Try again in a minute.',
      { cause: error },
    )
  }
}
