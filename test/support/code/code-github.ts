import { repositoryCalled } from '#test/github/changes/change.ts'
import { type GivenFiles, tipOf } from '#test/github/git/code.ts'
import { type StandIn, startStandIn } from '#test/github/stand-in.ts'

export interface CodeGithub extends StandIn {
  /**
   * Commits to a branch of `owner/name`, both of which are created if need be.
   *
   * @returns the commit.
   */
  commit(repository: string, files: GivenFiles, branch?: string): string
  /** Returns the newest commit of a branch. */
  tip(repository: string, branch: string): string
  /** Creates a repository without commits. */
  create(repository: string): void
}

/** Starts a stand-in for GitHub that has only the code which a test commits. */
export async function startCodeGithub(): Promise<CodeGithub> {
  const standIn = await startStandIn({ sources: [], limits: { off: true } })
  const { changes, world } = standIn
  function create(repository: string): void {
    changes.createRepository({ repository })
    changes.emptyRepository({ repository })
  }
  function commit(repository: string, files: GivenFiles, branch = 'main'): string {
    if (!world.names.has(repository)) create(repository)
    return changes.commit({ repository, branch, files }).oid
  }
  function tip(repository: string, branch: string): string {
    const { code } = repositoryCalled(world, repository)
    return (code && tipOf(code, branch)?.oid) ?? ''
  }
  return Object.assign(standIn, { create, commit, tip })
}
