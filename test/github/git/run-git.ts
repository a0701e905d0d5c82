import { execFileSync } from 'node:child_process'

/** Runs git in a folder, apart from the configuration of the machine, and returns its output as text. */
export function runGit(folder: string, args: string[], input?: string | Buffer): string {
  const output = execFileSync('git', args, {
    cwd: folder,
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 1e8,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: process.env.NODE_ENV,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_AUTHOR_DATE: '2026-01-05T10:00:00Z',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      GIT_COMMITTER_DATE: '2026-01-05T10:00:00Z',
    },
  })
  return output.toString().trimEnd()
}
