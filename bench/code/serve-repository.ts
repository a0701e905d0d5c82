import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeRepository } from '#test/github/git/make-repository.ts'
import { runGit } from '#test/github/git/run-git.ts'
import { startGitServer } from '#test/support/code/git-server.ts'

export interface ServedRepository {
  url: string
  /** Adds a line to every hundredth file. */
  change(): void
  stop(): Promise<void>
}

/**
 * Serves a copy of a repository with its history, `main` at its HEAD, as GitHub does: by git, and the two paths of the
 * API that ingesting a branch asks for.
 *
 * @param name `owner/name`.
 * @param from a folder.
 */
export async function serveRepository(name: string, from: string): Promise<ServedRepository> {
  const server = await startGitServer()
  const bare = makeRepository(server.folder, name)
  runGit(bare, ['fetch', '-q', from, '+HEAD:refs/heads/main'])
  server.intercept = ({ url }, response) => {
    const answer =
      url === `/repos/${name}`
        ? { full_name: name, default_branch: 'main' }
        : url === `/repos/${name}/branches/main` && { commit: { sha: tipOf(bare) } }
    if (answer)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    return Boolean(answer)
  }
  return { url: server.url, change: () => change(bare), stop: server.stop }
}

function tipOf(bare: string): string {
  return runGit(bare, ['rev-parse', 'refs/heads/main'])
}

function change(bare: string): void {
  const work = `${bare}.work`
  runGit(bare, ['clone', '-q', '-b', 'main', bare, work])
  const paths = runGit(work, ['ls-files', '-z']).split('\0').filter(Boolean)
  for (const path of paths.filter((_, index) => index % 100 === 50))
    appendFileSync(join(work, path), '\n/* changed */\n')
  runGit(work, ['commit', '-q', '-a', '-m', 'Change one file in a hundred'])
  runGit(work, ['push', '-q', 'origin', 'main'])
}
