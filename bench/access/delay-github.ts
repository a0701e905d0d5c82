import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Passes every call on to a GitHub after a while, as the way to the real one takes. */
export async function delayGithub(url: string, delayMs: number) {
  const { hostname, port } = new URL(url)
  let calls = 0
  const server = createServer(async (incoming, answer) => {
    calls += 1
    await sleep(delayMs)
    const { method, url: path, headers } = incoming
    const passed = request({ hostname, port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
