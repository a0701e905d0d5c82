import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { layWhence, makeFolder, startWhence } from '#test/services/whence.ts'
import { atMost, type Figure } from '../sync/figures.ts'

const LENGTH = 97 * 1_024
const ROUNDS = 10

/** What redaction, parsers and routes look for, again and again, without the end that would match. */
const UNITS = ['://a:', 'Bearer ', 'ghp_', '@', '%', '(', '"', ' OR ', '-', '\\', '/*', 'path:*']

type Kind = 'path' | 'query' | 'header' | 'body'

/** Measures how long `/healthz` takes at the most while a stranger sends 97 KB of the worst. */
export async function worstRequests(): Promise<Figure[]> {
  const laid = await layWhence(async () => null)
  const { folder, remove } = await makeFolder()
  const environment = { DATA_DIR: folder, ...laid.environment, LOG_LEVEL: 'info' }
  const whence = startWhence(['serve', '--migrate'], environment)
  try {
    const [url] = /http:\/\/\S+:\d+/.exec(await whence.says(/http:\/\/\S+:\d+/)) ?? []
    await sleep(2_000)
    const figures: Figure[] = []
    for (const kind of ['path', 'query', 'header', 'body'] as const) {
      const slowest = await whileSending(url as string, kind)
      figures.push(
        atMost(`97 KB of the worst ${kind}: slowest /healthz, ms`, slowest, {
          ...{ must: 250, aim: 50, digits: 0 },
          note: `${UNITS.length * ROUNDS} requests`,
        }),
      )
    }
    return figures
  } finally {
    whence.child.kill('SIGKILL')
    await whence.ended
    await laid.remove()
    await remove()
  }
}

async function whileSending(url: string, kind: Kind): Promise<number> {
  let slowest = 0
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const began = performance.now()
      await ask(`${url}/healthz`)
      slowest = Math.max(slowest, performance.now() - began)
      await sleep(5)
    }
  })()
  for (let round = 0; round < ROUNDS; round++)
    for (const unit of UNITS) await sendWorst(url, kind, unit)
  isOver = true
  await watching
  return slowest
}

function sendWorst(url: string, kind: Kind, unit: string): Promise<void> {
  const text = unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH)
  const encoded = encodeURIComponent(text).slice(0, LENGTH)
  if (kind === 'path') return ask(`${url}/${encoded}`)
  if (kind === 'query') return ask(`${url}/api/v1/search?q=${encoded}`)
  if (kind === 'header') return ask(`${url}/api/v1/jobs`, { headers: { authorization: text } })
  return ask(`${url}/mcp`, { method: 'POST', body: JSON.stringify({ text }) })
}

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Resolves once there is an answer, of any status, or the connection was closed. */
function ask(url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<void> {
  return new Promise((resolve) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const sent = request(url, { method, headers: { ...json, ...headers } }, (answer) => {
      answer.resume().once('end', resolve).once('error', resolve)
    })
    sent.once('error', () => resolve())
    sent.end(body)
  })
}
