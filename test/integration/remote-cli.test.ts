import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '#app/auth/tokens.server.ts'
import { startWeb, type Web } from '#server/web.ts'
import { SMALL } from '../github/ask.ts'
import { type StandIn, startStandIn } from '../github/stand-in.ts'
import { makeClock } from '../github/world/clock.ts'
import { callWhence, startWhence } from '../services/whence.ts'
import { openSync } from '../support/sync.ts'

// Commands that ask a Whence elsewhere: WHENCE_URL and WHENCE_TOKEN.

const PUBLIC_URL = 'https://whence.example'
const tokens: Record<string, string> = {}

let standIn: StandIn
let whence: Awaited<ReturnType<typeof openSync>>
let web: Web
let repository: string

beforeAll(async () => {
  const clock = makeClock({ start: new Date('2026-02-01T12:00:00Z'), frozen: true })
  standIn = await startStandIn({ sources: [SMALL], clock, limits: { off: true } })
  const config = { PORT: 0, PUBLIC_URL, GITHUB_WEB_URL: standIn.url }
  whence = await openSync(standIn, 'app', { config })
  web = await startWeb(whence.services)
  await whence.sync()
  const { rows } = await whence.pool.query<{ id: string; name: string }>(
    'select id, full_name as name from repository order by id limit 1',
  )
  repository = rows[0]?.name as string
  const prisma = await whence.services.database.prisma()
  for (const [name, grant] of [
    ['operate', { rights: 'operate', days: 90 }],
    ['read', { rights: 'read', days: 90 }],
    ['ending', { rights: 'read', days: 13 }],
    ['narrowed', { rights: 'read', days: 90, repositories: [rows[0]?.id as string] }],
  ] as const)
    tokens[name] = (await createToken(prisma, name, grant)).token
}, 120_000)
afterAll(async () => {
  await web.close()
  await whence.close()
  await standIn.stop()
})

const environmentOf = (name: string) => ({ WHENCE_URL: web.url, WHENCE_TOKEN: tokens[name] })
const elsewhere = (name: string, ...argv: string[]) => callWhence(argv, environmentOf(name))
const here = (...argv: string[]) => callWhence(argv, {}, whence.services)

describe('a command with WHENCE_URL', () => {
  test.each([
    [['search', 'is:merged', '--limit', '5']],
    [['search', 'is:merged', '--limit', '5', '--json']],
    [['search', 'the', '--mode', 'keyword', '--color', 'always']],
    [['search', 'is:merged', '--repo', 'acme/*', '--limit', '1', '--json']],
    [['search', 'stars:3', 'is:open']],
    [['status']],
    [['status', '--json']],
  ])('prints what it prints there: %j', async (argv) => {
    const [remote, local] = [await elsewhere('read', ...argv), await here(...argv)]
    expect(remote.stdout.length).toBeGreaterThan(10)
    expect(remote).toEqual(local)
  })

  test('goes on with a cursor, and searches a repository by its address', async () => {
    const query = ['search', 'is:merged', '--limit', '2', '--json']
    const address = `${standIn.url}/${repository}/pull/1`
    const first = JSON.parse((await elsewhere('read', ...query, '--repo', address)).stdout)
    expect(first.query).toBe(`is:merged repo:${repository}`)
    const more = [...query, '--repo', repository, '--cursor', first.next]
    const second = JSON.parse((await elsewhere('read', ...more)).stdout)
    const numbers = [...first.hits, ...second.hits].map(({ number }) => number)
    expect(new Set(numbers).size).toBe(4)
    const foreign = ['--repo', 'https://gitlab.example/acme/api']
    for (const refused of [
      await elsewhere('read', ...query, ...foreign),
      await here(...query, ...foreign),
    ])
      expect(refused).toMatchObject({
        ...{ code: 1, stdout: '' },
        stderr: expect.stringMatching(/^The repository is on gitlab\.example, .+\nGive a repo/),
      })
  })

  test('shows a token for one repository no jobs and no services', async () => {
    const { code, stdout } = await elsewhere('narrowed', 'status')
    expect([code, stdout]).toEqual([0, 'There are no jobs that you may see.\n'])
    const found = await elsewhere('narrowed', 'search', 'is:merged', '--json')
    expect(JSON.parse(found.stdout).total.count).toBeGreaterThan(0)
  })

  test('says once that the token ends soon', async () => {
    const { code, stdout, stderr } = await elsewhere('ending', 'search', 'is:merged')
    expect([code, stdout]).toEqual([0, (await here('search', 'is:merged')).stdout])
    const time = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z'
    expect(stderr).toMatch(new RegExp(`^WHENCE_TOKEN expires at ${time}\\. Make a token at .+\\n$`))
  })

  test('syncs, waits and shows the end as it does there', async () => {
    const asked = await elsewhere(
      'operate',
      'sync',
      '--repo',
      repository,
      '--mode',
      'full',
      '--wait',
    )
    expect(asked.stderr).toMatch(/^Job \d+ \(acme\): /)
    expect([asked.code, asked.stdout]).toEqual([
      0,
      expect.stringMatching(/^Job \d+ \(acme\): finished, 47 pull requests read\n$/),
    ])
    const one = ['--repo', `${standIn.url}/${repository}`, '--max-prs', '5', '--no-cache', '--json']
    const { stdout, stderr } = await elsewhere(
      'operate',
      'sync',
      '--wait',
      '--since',
      'all',
      ...one,
    )
    const [job] = JSON.parse(stdout).jobs
    expect(stderr).toContain(`Job ${job.id} (acme): `)
    expect(job).toMatchObject({ overall: 'finished', pullRequests: { isListed: true } })
    const { rows } = await whence.pool.query('select request from run where id = $1', [job.id])
    expect(rows).toMatchObject([{ request: { maxPrs: 5, cache: false, since: 'all' } }])
  })

  test('requests without waiting, of all installations', async () => {
    const { code, stdout, stderr } = await elsewhere('operate', 'sync')
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^Job \d+ \(acme\): /)
    await whence.ended(/^Job (\d+)/.exec(stderr)?.[1] as string)
  })

  test('ingests code, and waits', async () => {
    const tools = { repository: 'acme/tools' }
    standIn.changes.createRepository(tools)
    standIn.changes.emptyRepository(tools)
    standIn.changes.commit({ ...tools, branch: 'tools', files: { 'a.c': 'int first;\n' } })
    const argv = ['ingest', 'acme/tools', '--project', 'core', '--branch', 'tools', '--wait']
    const { code, stdout, stderr } = await elsewhere('operate', ...argv)
    expect(stderr).toMatch(/^Job \d+ \(.+, tools into core\/tools\): GitHub ingest job queued\n/)
    expect(stdout).toMatch(/^Job \d+: finished, 1 file, 1 chunk\n$/)
    expect(code).toBe(0)
  })

  test.each(['./engine', '/srv/engine', '~/engine', '..', 'file:///srv/engine', 'C:\\engine'])(
    'says that a folder is not there: %s',
    async (folder) => {
      const { code, stderr } = await elsewhere('operate', 'ingest', folder, '--project', 'core')
      expect([code, stderr]).toEqual([
        1,
        `${folder} is a path on this machine, where Whence at ${web.url} cannot read\nGive a repository on GitHub: owner/name, or its address.\n`,
      ])
    },
  )

  test.each([[['sync']], [['ingest', 'acme/api', '--project', 'core']]])(
    'is refused with a token that only reads: %j',
    async (argv) => {
      const { code, stdout, stderr } = await elsewhere('read', ...argv)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^This token may only read\n.*whence token create --operate/)
    },
  )

  test('says which installation a token for one repository lacks', async () => {
    const { code, stderr } = await elsewhere('narrowed', 'sync')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^There is no installation that you may sync\n/),
    ])
  })

  test('passes on what is not there', async () => {
    const { code, stderr } = await elsewhere('operate', 'sync', '--repo', 'nobody/nothing')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^The App is not installed for nobody\/nothing\n/),
    ])
    const ingested = await elsewhere('operate', 'ingest', 'acme/none', '--project', 'core')
    expect([ingested.code, ingested.stderr]).toEqual([
      1,
      expect.stringMatching(/^GitHub has no acme\/none/),
    ])
  })

  test.each([
    [['token', 'list']],
    [['serve']],
    [['work']],
    [['migrate']],
    [['doctor']],
    [['projects']],
    [['cancel', '1']],
  ])('that cannot ask another Whence fails: %j', async (argv) => {
    const { code, stdout, stderr } = await callWhence(argv, { WHENCE_URL: PUBLIC_URL })
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringContaining('This command works only where Whence runs, and WHENCE_URL names'),
    ])
  })

  test('in a server that has it in its own environment asks that server', async () => {
    const { code, stdout } = await callWhence(
      ['status'],
      { WHENCE_URL: PUBLIC_URL },
      whence.services,
    )
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Database/)])
  })

  test('that is stopped leaves the job alone, and says so', async () => {
    standIn.faults.use({ kind: 'secondary-limit', seconds: 600 })
    const started = startWhence(['sync', '--mode', 'full', '--wait'], environmentOf('operate'))
    const [, id] = /Job (\d+)/.exec(await started.says(/Job \d+ \(acme\): .+\n/)) ?? []
    started.child.kill('SIGINT')
    const { code, stderr } = await started.ended
    expect(code).toBe(1)
    expect(stderr).toContain(`Job ${id} goes on at ${web.url}; \`whence status\` shows it\n`)
    expect(stderr).toMatch(/\nStopped by SIGINT\n$/)
    expect((await whence.jobOf(id as string)).overall).toMatch(/^(queued|running|paused)$/)
    standIn.faults.clear()
  })
})

const TOKEN = `whence_${'t'.repeat(43)}`
const ANSWER = { services: null, jobs: [], withheld: [] }

describe('a server that is not as it should be', () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer).listen(0, '127.0.0.1')
    servers.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async function ask(url: string, token: string | undefined = TOKEN, argv = ['status']) {
    const environment = { WHENCE_URL: url, ...(token && { WHENCE_TOKEN: token }) }
    const { code, stdout, stderr } = await callWhence(argv, environment)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).not.toContain('Unexpected error')
    expect(stderr).not.toContain('tttt')
    return stderr
  }

  const problemOf =
    (status: number, headers: Record<string, string> = {}): RequestListener =>
    (_, response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      const words = { detail: 'The \u0007detail', hint: 'The hint.', requestId: 'r-1' }
      response.end(JSON.stringify({ type: 'about:blank', title: 'T', status, ...words }))
    }
  const html =
    (status: number): RequestListener =>
    (_, response) => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
      response.end('<h1>Sign in</h1>')
    }

  test('without an answer is named with the reason', async () => {
    const url = await serve(() => {})
    const [server] = servers.splice(0)
    await new Promise((resolve) => server?.close(resolve))
    expect(await ask(url)).toBe(
      `Whence at ${url} cannot be reached: ECONNREFUSED\nCheck WHENCE_URL, and that Whence runs there.\n`,
    )
  })

  test('that asks for a token says how to get one, with and without', async () => {
    const url = await serve(problemOf(401))
    const hint = `Make a token at ${url}/account or ${url}/connect, or with \`whence token create\` on its machine, and set WHENCE_TOKEN to it.\n`
    expect(await ask(url, '')).toBe(
      `Whence at ${url} asks for a token, and WHENCE_TOKEN is not set\n${hint}`,
    )
    expect(await ask(url)).toBe(
      `Whence at ${url} does not accept WHENCE_TOKEN: The detail\n${hint}`,
    )
  })

  test.each([
    ['403', problemOf(403), /^The detail\nThe hint\.\n$/],
    ['404', problemOf(404), /^The detail\nThe hint\.\n$/],
    [
      '429',
      problemOf(429, { 'retry-after': '7' }),
      /: The detail\nTry again in 7 s\. The hint\.\n$/,
    ],
    ['500', problemOf(500), /^The detail \(request r-1\)\nThe hint\.\n$/],
    [
      '503',
      problemOf(503, { 'retry-after': '5' }),
      /: The detail\nTry again in 5 s\. The hint\.\n$/,
    ],
    ['HTML', html(200), / is no Whence: it answered with HTML instead of JSON\nCheck WHENCE_URL/],
    ['404 in HTML', html(404), / answered 404 with HTML, not as Whence does\nCheck WHENCE_URL/],
    ['502 in HTML', html(502), / answered 502 with HTML, not as Whence does\nTry again later/],
    [
      'other JSON',
      (_, response) => response.end('{"jobs": 7}'),
      /^http.+ answers as another version of Whence does: /,
    ],
    ['nothing', (_, response) => response.end(), / it answered with nothing instead of JSON\n/],
    [
      'half an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{')
        setImmediate(() => response.destroy())
      },
      /^Whence at http.+ cannot be reached: /,
    ],
  ] as [string, RequestListener, RegExp][])(
    'that answers with %s',
    async (_name, answer, words) => {
      expect(await ask(await serve(answer))).toMatch(words)
    },
  )

  test('that redirects elsewhere does not get the token there', async () => {
    const seen: (string | undefined)[] = []
    const other = await serve(({ headers }, response) => {
      seen.push(headers.authorization)
      response.end(JSON.stringify(ANSWER))
    })
    const url = await serve(({ url: path }, response) => {
      response.writeHead(302, { location: `${other}${path}` }).end()
    })
    expect(await ask(url)).toBe(
      `${url} redirects to another server, ${other}: if that is right, configure its address\nCheck WHENCE_URL: it is the address at which a browser shows Whence.\n`,
    )
    expect(seen).toEqual([])
  })

  test('gets the token, and no argument has it', async () => {
    const seen: (string | undefined)[] = []
    const url = await serve(({ headers }, response) => {
      seen.push(headers.authorization)
      response.end(JSON.stringify(ANSWER))
    })
    const { code } = await callWhence(['status'], { WHENCE_URL: `${url}/`, WHENCE_TOKEN: TOKEN })
    expect([code, seen]).toEqual([0, [`Bearer ${TOKEN}`]])
  })

  test('while a job is waited for is asked again', async () => {
    const answers = [problemOf(503, { 'retry-after': '0' }), html(502), problemOf(404)]
    const job = { jobId: '7', status: 'queued', message: 'queued', project: 'core', dataset: 'api' }
    const ingested = { ...job, repository: 'acme/api', branch: 'main', sha: 'f', scope: 'project' }
    const url = await serve((request, response) => {
      if (request.method === 'POST')
        return void response.writeHead(202).end(JSON.stringify(ingested))
      answers.shift()?.(request, response)
    })
    const said = await ask(url, TOKEN, ['ingest', 'acme/api', '--project', 'core', '--wait'])
    expect(said).toMatch(
      /queued\nWhence at .+: The detail\. It is asked again\nThe detail\nThe hint\.\n$/,
    )
    expect(answers).toEqual([])
  })

  test.each([
    ['whence.example', 'WHENCE_URL: must be an http(s) address'],
    ['ftp://whence.example', 'WHENCE_URL: must be an http(s) address'],
    ['http://whence.example', 'WHENCE_URL: use https'],
    ['https://whence.example/mcp', 'WHENCE_URL: must be an address without a path or a user'],
    ['https://whence.example/?q=1', 'WHENCE_URL: must be an address without a path or a user'],
    ['https://u:p@whence.example', 'WHENCE_URL: must be an address without a path or a user'],
  ])('is not asked at the address %s', async (url, words) => {
    expect(await ask(url)).toMatch(`The configuration is not valid: ${words}`)
  })

  test('does not get a token of something else', async () => {
    const said = await ask('https://whence.example', 'ghp_tttttttttttttttt\nX: y')
    expect(said).toContain('WHENCE_TOKEN: is not a token of Whence, which begins with whence_')
  })

  test('is not asked because of a token alone', async () => {
    const { code, stdout } = await callWhence(['status'], { WHENCE_TOKEN: TOKEN }, whence.services)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Database/)])
  })
})
