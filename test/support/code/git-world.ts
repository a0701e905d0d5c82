import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Files by path; null deletes. */
export type Files = Record<string, string | Buffer | null>

/** Repositories in a folder: bare ones that are served, and work trees that commit to them. */
export function openGitWorld(root: string) {
  const bare = (repository: string) => join(root, 'bare', `${repository}.git`)
  const tree = (repository: string) => join(root, 'work', repository)
  const known = new Set<string>()

  function create(repository: string): void {
    if (known.has(repository)) return
    known.add(repository)
    mkdirSync(bare(repository), { recursive: true })
    mkdirSync(tree(repository), { recursive: true })
    runGit(bare(repository), 'init', '-q', '--bare', '--initial-branch=main')
    runGit(tree(repository), 'init', '-q', '--initial-branch=main')
    runGit(tree(repository), 'remote', 'add', 'origin', bare(repository))
  }

  return {
    served: join(root, 'bare'),
    has: (repository: string) => known.has(repository),
    create,
    /** Serves a copy of a repository, with `main` at its HEAD. */
    adopt(repository: string, from: string): void {
      create(repository)
      runGit(bare(repository), 'fetch', '-q', from, '+HEAD:refs/heads/main')
      runGit(tree(repository), 'fetch', '-q', 'origin', 'main')
      runGit(tree(repository), 'checkout', '-q', '-B', 'main', 'FETCH_HEAD')
    },
    /** Runs git in the served repository. @returns null if it fails. */
    ask: (repository: string, ...args: string[]) => tryGit(bare(repository), ...args),
    /** Commits to a branch, which is created if need be. @returns the commit. */
    commit(repository: string, files: Files, branch = 'main'): string {
      create(repository)
      const folder = tree(repository)
      const isThere = tryGit(folder, 'checkout', '-q', branch) !== null
      if (!isThere && tryGit(folder, 'rev-parse', '-q', '--verify', 'HEAD') !== null)
        runGit(folder, 'checkout', '-q', '-b', branch)
      for (const [path, content] of Object.entries(files)) writeFile(join(folder, path), content)
      runGit(folder, 'add', '-A')
      runGit(folder, 'commit', '-q', '--allow-empty', '-m', 'A change')
      runGit(folder, 'push', '-q', '--force', 'origin', `HEAD:refs/heads/${branch}`)
      return runGit(folder, 'rev-parse', 'HEAD')
    },
  }
}

function writeFile(path: string, content: string | Buffer | null): void {
  mkdirSync(dirname(path), { recursive: true })
  if (content === null) rmSync(path)
  else writeFileSync(path, content)
}

function runGit(folder: string, ...args: string[]): string {
  const options = { env: ENVIRONMENT, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1e8 } as const
  return execFileSync('git', ['-C', folder, ...args], options).trim()
}

function tryGit(folder: string, ...args: string[]): string | null {
  try {
    return runGit(folder, ...args)
  } catch {
    return null
  }
}

const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
} as unknown as NodeJS.ProcessEnv
