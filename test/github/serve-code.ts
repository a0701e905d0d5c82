import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GitAnswer, type GitRequest, serveGit } from '#test/github/git/serve-git.ts'
import { writeCode } from '#test/github/git/write-code.ts'
import { lacks, mayRead } from '#test/github/world/access.ts'
import { findByName, fullName } from '#test/github/world/world.ts'
import type { StandInState } from './state.ts'

/**
 * Serves the code of the world by git. It is written to a temporary folder when a client asks for it, each
 * repository under its database id, so that renames and changes of visibility hold from the next request on.
 */
export function serveCode(state: StandInState) {
  let folder: string | null = null

  function locate(request: GitRequest): GitAnswer {
    const [owner = '', name = ''] = request.repository.split('/')
    const { tokens, world } = state
    const identity = tokens.identify(request.token ? `Bearer ${request.token}` : undefined)
    if ('status' in identity) return { status: identity.status === 403 ? 403 : 401 }
    const repository = findByName(world, owner, name)
    if (!repository?.code || !mayRead(identity, repository) || identity.kind === 'app')
      return { status: identity.kind === 'anonymous' ? 401 : 404 }
    const isPublic = repository.visibility === 'PUBLIC'
    if (repository.isBlocked || (!isPublic && lacks(identity, 'contents'))) return { status: 403 }
    if (repository !== world.names.get(request.repository.toLowerCase()))
      return { status: 301, location: `/${fullName(repository)}.git${request.rest}` }
    folder ??= mkdtempSync(join(tmpdir(), 'stand-in-git-'))
    const place = join(folder, `${repository.databaseId}.git`)
    writeCode(place, repository.code, repository.defaultBranch ?? 'main')
    return { folder: place }
  }

  return {
    handle: serveGit(locate),
    /** Removes the folder. */
    close(): void {
      if (folder) rmSync(folder, { recursive: true, force: true })
      folder = null
    },
  }
}
