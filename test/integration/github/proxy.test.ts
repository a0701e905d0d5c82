import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Agent, setGlobalDispatcher } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { sendOnce } from '#app/github/send.ts'
import { routeThroughProxy } from '#server/services/route-through-proxy.ts'
import { startSmall } from '../../github/ask.ts'

afterEach(() => setGlobalDispatcher(new Agent()))

/** Starts a proxy that knows every host as this machine, and notes whom it was asked for. */
async function startProxy() {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', ({ url = '' }, client) => {
    asked.push(url)
    const upstream = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    for (const one of [client, upstream]) one.on('error', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { asked, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => void server.close() }
}

test('GitHub is reached through the proxy of the environment, other hosts as NO_PROXY says', async () => {
  await using standIn = await startSmall()
  using proxy = await startProxy()
  const port = new URL(standIn.url).port
  const read = async (host: string) =>
    (await sendOnce(`http://${host}:${port}/user`, { token: standIn.personalToken })).status
  routeThroughProxy({ HTTP_PROXY: proxy.url, NO_PROXY: 'direct.invalid' })
  expect([await read('github.invalid'), proxy.asked]).toEqual([200, [`github.invalid:${port}`]])
  await expect(read('direct.invalid')).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/)
  expect([await read('127.0.0.1'), proxy.asked.length]).toEqual([200, 1])
})
