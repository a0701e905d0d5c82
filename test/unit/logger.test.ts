import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readableLine } from '#app/config/readable-log.ts'

const LOGGER = new URL('../../app/config/logger.server.ts', import.meta.url).href
const { privateKey: PEM } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const PEM_BODY = PEM.split('\n')[1] as string

/** Returns the lines that the logger writes when a separate process runs these statements. */
function log(statements: string): Record<string, unknown>[] {
  return logText(statements)
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Does the same and returns the text; `surroundings` is the source of the logger's second argument. */
function logText(statements: string, surroundings = 'undefined'): string {
  const script = `import { createLogger } from ${JSON.stringify(LOGGER)}
    const logger = createLogger('info', ${surroundings})
    ${statements}`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  )
  expect(stdout).toBe('')
  return stderr.trim()
}

describe('the log', () => {
  test('contains no secrets in any position, and remains valid JSON', () => {
    const secret = 'correct-horse-battery'
    const url = `postgres://whence:${secret}@db/whence`
    const lines = log(`
      const secret = ${JSON.stringify(secret)}
      const pem = ${JSON.stringify(PEM)}
      logger.info('cannot reach ${url}')
      logger.info({ token: secret, deep: { er: { and: { client_secret: secret } } } }, 'nested')
      logger.info({ headers: { authorization: 'Bearer ' + secret, 'set-cookie': [secret] } }, 'headers')
      logger.info({ GITHUB_APP_PRIVATE_KEY: pem, text: pem }, pem)
      logger.error({ err: new Error('${url} said no', { cause: new Error('key: ' + pem) }) }, 'errors')
      logger.child({ run: '7', work: ['1'] }).info('a child')`)
    const text = JSON.stringify(lines)
    expect(text).not.toContain(secret)
    expect(text).not.toContain(PEM_BODY)
    expect(lines.map(({ msg }) => msg)).toEqual([
      'cannot reach postgres://whence:[secret]@db/whence',
      'nested',
      'headers',
      '[secret]\n',
      'errors',
      'a child',
    ])
    expect(lines[4]?.err).toMatchObject({
      type: 'Error',
      stack: expect.stringContaining('whence:[secret]@db'),
    })
    expect(lines[5]).toMatchObject({ run: '7', work: ['1'] })
  })
})

describe('the log on a terminal', () => {
  const statements = `
    logger.warn({ applied: ['a b'], at: 'one two', n: 3 }, 'it was \\x1b[31mmigrated')
    logger.error({ err: new Error('postgres://whence:correct-horse@db said no') }, 'a request failed')`
  const terminal = (colors: boolean, more = '') =>
    `{ stdout: { isTTY: true }, stderr: { isTTY: ${colors} }, env: { ${more} } }`

  test('has readable lines, without secrets and control characters', () => {
    const [first, second, ...stack] = logText(statements, terminal(false)).split('\n')
    expect(first).toMatch(
      /^\d\d:\d\d:\d\d warn {2}it was {2}\[31mmigrated applied=\["a b"\] at="one two" n=3$/,
    )
    expect(second).toMatch(/ error a request failed: postgres:\/\/whence:\[secret\]@db said no$/)
    expect(stack[0]).toMatch(/^ {4}at /)
  })

  test('has colors only where the log itself goes to a terminal that wants them', () => {
    expect(logText(statements, terminal(true))).toContain('\x1b[33mwarn \x1b[0m')
    for (const other of [terminal(false), terminal(true, "NO_COLOR: '1'")])
      expect(logText(statements, other)).not.toContain('\x1b')
    expect(readableLine('not json', { colors: true })).toBe('not json')
  })
})
