import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { startSmall } from '#test/github/ask.ts'

type Ended = { code: number | null; stdout: string; stderr: string }

/**
 * Starts the stand-in as a process; `ready` is called with its first output. It ends on SIGTERM or on its
 * own.
 */
function run(args: string[], ready?: (stdout: string) => Promise<void>): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/github/main.ts', ...args])
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      ended.stderr += chunk
    })
    child.stdout.on('data', (chunk) => {
      ended.stdout += chunk
      if (!ended.stdout.includes('GITHUB_TOKEN=')) return
      const checked = ready?.(ended.stdout) ?? Promise.resolve()
      checked.then(
        () => child.kill('SIGTERM'),
        (error) => {
          child.kill('SIGKILL')
          reject(error)
        },
      )
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...ended, code }))
  })
}

test('it starts as a process, prints what a client needs, and ends on SIGTERM', async () => {
  const ended = await run(['--generate', '30', '--port', '0'], async (stdout) => {
    const [, url] = /GITHUB_API_URL=(\S+)/.exec(stdout) ?? []
    const [, token] = /GITHUB_TOKEN=(\S+)/.exec(stdout) ?? []
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const response = await fetch(`${url}/user`, { headers: { authorization: `token ${token}` } })
    expect(response.status).toBe(200)
  })
  expect(ended.code).toBe(0)
  expect(ended.stdout).toMatch(
    /^GITHUB_APP_ID=\d+\nGITHUB_APP_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\n/m,
  )
})

test.each<[string, string[], RegExp]>([
  ['a missing folder', ['--data', 'no/such/folder'], /no\/such\/folder cannot be read: check/],
  ['a fault that is not JSON', ['--fault', '{kind'], /\{kind is not JSON: write a fault as/],
  ['a key that is not there', ['--private-key', 'none.pem'], /none\.pem cannot be read: name/],
  ['a port that is no number', ['--port', 'first'], /must be a whole number/],
])('%s is rejected with one clear line', async (_, args, message) => {
  const { code, stderr, stdout } = await run(args)
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/\n\s+at /)
  expect([code, stdout]).toEqual([1, ''])
})

test('an occupied port is reported', async () => {
  await using standIn = await startSmall()
  const { port } = new URL(standIn.url)
  const { code, stderr } = await run(['--generate', '20', '--port', port])
  expect(stderr).toContain(`Port ${port} is taken: choose another with --port`)
  expect(code).toBe(1)
})
