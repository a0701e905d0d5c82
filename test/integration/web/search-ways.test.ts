import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { problem } from '#app/api/problems.ts'
import { type SearchAnswer, searchAnswer } from '#app/search/present/answer.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices, testProfile } from '../../services/setup.ts'
import { callWhence } from '../../services/whence.ts'
import { connectAgent } from '../../support/connect-agent.ts'
import { addPassages, addPullRequest, addRepository } from '../../support/github-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

// The search interfaces for programs; other tests cover what a search finds and how well.

let opened: TestServices
let web: Web

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  const installation = await addInstallation(database)
  for (const [index, name] of ['octo/repo', 'octo/other', 'else/where'].entries()) {
    const repositoryId = await addRepository(database.pool, installation, name)
    const pullRequestId = await addPullRequest(database.pool, repositoryId, index + 1)
    const of = { repositoryId, pullRequestId }
    await addPassages(database.pool, of, ['The quokka eats \u001b[31mred leaves', 'Nothing to see'])
  }
  const { signal } = new AbortController()
  await fillWords(database.pool, signal)
  await countWords(database.pool, testProfile(), signal)
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function ask(query: Record<string, string>) {
  const { status, body } = await send(`${web.url}/api/v1/search?${new URLSearchParams(query)}`)
  return { status, body: JSON.parse(body) }
}

async function found(query: Record<string, string>) {
  const { status, body } = await ask(query)
  expect(status).toBe(200)
  expect(searchAnswer.parse(body)).toEqual(body)
  return body as ReturnType<typeof searchAnswer.parse>
}

describe('GET search', () => {
  test('returns what the API description promises', async () => {
    const { hits, query, warnings } = await found({ q: 'quokka', mode: 'keyword' })
    expect(query).toBe('quokka')
    expect(warnings).toEqual([])
    expect(hits.map(({ repository }) => repository).sort()).toEqual([
      'else/where',
      'octo/other',
      'octo/repo',
    ])
    const { text, highlights } = hits[0]?.passages[0] ?? { text: '', highlights: [] }
    expect(highlights.map(([from, until]) => text.slice(from, until))).toContain('quokka')
  })

  test('returns page after page', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await found({ q: 'quokka', limit: '1', ...(cursor && { cursor }) })
      seen.push(...page.hits.map(({ repository }) => repository))
      cursor = page.next
    } while (cursor !== null && seen.length < 10)
    expect(seen.sort()).toEqual(['else/where', 'octo/other', 'octo/repo'])
  })

  test('requires q; any other invalid parameter is only a warning', async () => {
    const missing = await ask({ limit: '5' })
    expect(missing.status).toBe(422)
    expect(problem.parse(missing.body).detail).toBe('q: is missing')
    const { warnings, hits } = await found({
      ...{ q: 'quokka nonsense:x', limit: '900', mode: 'magic', depth: '1' },
    })
    expect(hits.length).toBeGreaterThan(0)
    for (const word of ['limit', 'mode', 'depth', 'nonsense'])
      expect(warnings.join('\n')).toContain(word)
  })

  test('accepts a query as long as a page', async () => {
    expect((await found({ q: 'quokka 語'.repeat(4_500) })).warnings.length).toBeGreaterThan(0)
  })

  test('rejects a cursor of another query', async () => {
    const { status, body } = await ask({ q: 'quokka', cursor: 'nonsense' })
    expect(status).toBe(422)
    expect(problem.parse(body).hint).toEqual(expect.any(String))
  })
})

describe('whence search', () => {
  const call = (...argv: string[]) =>
    callWhence(['search', ...argv], opened.environment, opened.services)

  test('shows the results as plain text', async () => {
    const { code, stdout } = await call('quokka')
    expect(code).toBe(0)
    expect(stdout).toContain('octo/repo#1, open')
    expect(stdout).toContain('The quokka eats [31mred leaves')
    expect(stdout).not.toContain('\u001b')
    expect((await call('quokka', '--color', 'always')).stdout).toContain(
      '\u001b[1;33mquokka\u001b[0m',
    )
  })

  test('filters by repository and account, and limits the hits', async () => {
    const places = async (...argv: string[]) => {
      const { code, stdout } = await call('quokka', '--json', ...argv)
      expect(code).toBe(0)
      const answer = searchAnswer.parse(JSON.parse(stdout))
      return answer.hits.map(({ repository }) => repository).sort()
    }
    expect(await places('--repo', 'octo/repo')).toEqual(['octo/repo'])
    expect(await places('--repo', 'https://github.com/octo/repo')).toEqual(['octo/repo'])
    expect(await places('--repo', 'octo/repo', '--repo', 'else/where')).toEqual([
      'else/where',
      'octo/repo',
    ])
    expect(await places('--repo', 'octo/*')).toEqual(['octo/other', 'octo/repo'])
    expect(await places('--limit', '1')).toHaveLength(1)
  })

  test('exits with 0 if nothing is found, with warnings on stderr', async () => {
    const { code, stdout, stderr } = await call('unheardof', 'nonsense:x')
    expect([code, stdout]).toEqual([0, 'No results.\n'])
    expect(stderr).toContain('Warning: ')
  })

  test.each([
    [[]],
    [['x', '--limit', '0']],
    [['x', '--limit', '101']],
    [['x', '--mode', 'magic']],
    [['x', '--repo', 'nonsense']],
    [['x', '--repo', 'o/a', '--repo', 'o/*']],
    [['x', '--colour']],
  ])('exits with 2 on wrong usage: %j', async (argv) => {
    expect(await call(...argv)).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('search_pull_requests', () => {
  async function call(given: Record<string, unknown>) {
    const client = await connectAgent(web)
    onTestFinished(() => client.close())
    const result = await client.callTool({ name: 'search_pull_requests', arguments: given })
    return result as CallToolResult & { content: { text: string }[] }
  }

  test('answers an agent in both formats, with text by users between quotation marks', async () => {
    const { content, structuredContent } = await call({ query: 'quokka', limit: 2 })
    const { hits, next } = structuredContent as Pick<SearchAnswer, 'hits' | 'next'>
    expect(hits).toHaveLength(2)
    const text = content[0]?.text ?? ''
    const [own, quoted] = takeQuotations(text)
    expect(quoted).toContain('The quokka eats [31mred leaves')
    expect(own).not.toContain('quokka')
    expect(own).toContain(`Next page: cursor ${next}`)
    const second = await call({ query: 'quokka', limit: 2, cursor: next })
    expect(second.structuredContent).toMatchObject({ hits: [{ kind: 'pull_request' }], next: null })
  })

  test('warns about unknown qualifiers, and rejects an invalid cursor with a hint', async () => {
    const { structuredContent } = await call({ query: 'quokka authr:bo' })
    expect(structuredContent?.warnings).toContainEqual(expect.stringContaining('author'))
    const wrong = await call({ query: 'quokka', cursor: 'nonsense' })
    expect(wrong.isError).toBe(true)
    expect(wrong.content[0]?.text).toMatch(/cursor.*\. \S+/i)
  })
})

/** Splits an answer into the parts outside and inside of its quotations. */
function takeQuotations(text: string): [own: string, quoted: string] {
  const mark = /<<<([0-9a-f]{24})/.exec(text)?.[1]
  const within = new RegExp(`^<<<${mark}\n[^]*?\n${mark}>>>$`, 'gm')
  return [text.replace(within, ''), (text.match(within) ?? []).join('\n')]
}
