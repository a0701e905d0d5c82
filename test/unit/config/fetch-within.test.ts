import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import { openaiProvider } from '#app/embeddings/providers/openai.ts'
import { sendOnce } from '#app/github/send.ts'

const MB = 2 ** 20

interface Listener {
  url: string
  asked: string[]
  close(): void
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, asked, close: () => void server.close() }
}

let stranger: Listener
let standIn: Listener
/** Answers `/STATUS/TARGET` with a redirect, `/long` with 65 MB in little gzip, and all else with JSON. */
beforeAll(async () => {
  stranger = await listen((_, response) => response.end('{"forged":true}'))
  const long = gzipSync(Buffer.alloc(65 * MB, ' '))
  standIn = await listen((request, response): void => {
    const [, status, target] = /^\/(\d{3})\/(.+)/.exec(request.url ?? '') ?? []
    if (status && target) {
      const location = target === 'a' ? '/302/a' : decodeURIComponent(target)
      response.writeHead(Number(status), { location }).end()
    } else if (request.url === '/long') {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(long)
    } else response.end(`{"method":"${request.method}"}`)
  })
})
afterAll(() => {
  stranger.close()
  standIn.close()
})
beforeEach(() => {
  stranger.asked.length = 0
  standIn.asked.length = 0
})

const redirect = (status: number, target: string) =>
  `${standIn.url}/${status}/${encodeURIComponent(target)}`

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('to another origin is refused: %i', async (status) => {
    const call = fetchWithin(redirect(status, `${stranger.url}/user`))
    await expect(call).rejects.toThrow(`redirects to another server, ${stranger.url}`)
    expect(stranger.asked).toEqual([])
  })

  test('within the origin is followed, as for a renamed repository', async () => {
    const response = await fetchWithin(redirect(301, '/repositories/1'))
    expect(await response.json()).toEqual({ method: 'GET' })
  })

  test('does not turn a query into a read', async () => {
    const init = { method: 'POST', body: '{}' }
    await expect(fetchWithin(redirect(302, '/graphql'), init)).rejects.toThrow('redirects a POST')
    const response = await fetchWithin(redirect(307, '/graphql'), init)
    expect(await response.json()).toEqual({ method: 'POST' })
  })

  test('is not followed in a circle', async () => {
    await expect(fetchWithin(`${standIn.url}/302/a`)).rejects.toThrow('redirects more than 3 times')
    expect(standIn.asked).toHaveLength(4)
  })
})

describe('a long answer', () => {
  test('is given up at 64 MB, though compressed it is small', async () => {
    const response = await fetchWithin(`${standIn.url}/long`)
    await expect(response.text()).rejects.toThrow('longer than 64 MB')
  })

  test('of the very length is taken', async () => {
    expect(await (await fetchWithin(`${standIn.url}/short`, {}, 16)).text()).toHaveLength(16)
    const cut = await fetchWithin(`${standIn.url}/short`, {}, 15)
    await expect(cut.text()).rejects.toThrow('longer than')
  })
})

test('the calls to GitHub and to the provider go through it', async () => {
  const url = redirect(302, `${stranger.url}/user`)
  const reason = 'redirects to another server'
  await expect(sendOnce(url, { token: 't' })).rejects.toThrow(reason)
  await expect(sendOnce(`${standIn.url}/long`, { token: 't' })).rejects.toThrow('longer than 64 MB')
  const baseUrl = `${standIn.url}/307/${encodeURIComponent(stranger.url)}`
  const given = { model: 'm', dimensions: 8, requestedDimensions: null, outside: null }
  const provider = openaiProvider({ baseUrl, ...given })
  await expect(provider.embed(['a'], new AbortController().signal)).rejects.toThrow(reason)
  expect(stranger.asked).toEqual([])
})
