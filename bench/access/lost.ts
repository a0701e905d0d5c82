import { setTimeout as sleep } from 'node:timers/promises'
import { WEBHOOK_PATH } from '#app/webhooks/hook/webhook-mode.ts'
import { startPipeline } from '#server/services/start-pipeline.ts'
import { send } from '#test/support/send.ts'
import {
  cookieOf,
  type Jar,
  type OpenedSignIn,
  openSignIn,
  signIn,
} from '#test/support/web/sign-in.ts'
import { deliver, signDelivery } from '#test/support/webhooks/deliver.ts'
import { SECRET } from '#test/support/webhooks/receive-webhooks.ts'
import { atMost, type Figure } from '../sync/figures.ts'

/** Those of a server, not the shorter ones of tests. */
const OWN_TIMES = {}
const POLL_MS = 50
const LONGEST_MS = 90_000
const REPOSITORY = 'acme/secret'

/** Ways to see the repository, and whether an answer shows it. */
const KINDS: Record<string, (url: string, headers: Record<string, string>) => Promise<boolean>> = {
  async page(url, headers) {
    const sent = { ...headers, accept: 'text/html' }
    return (await send(`${url}/connect`, sent)).body.includes(REPOSITORY)
  },
  api: async (url, headers) =>
    (await send(`${url}/api/v1/repositories`, headers)).body.includes(REPOSITORY),
  async mcp(url, headers) {
    const params = { name: 'list_repositories', arguments: {} }
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const sent = { ...headers, accept: 'application/json', 'content-type': 'application/json' }
    const own = { ...sent, origin: 'https://whence.example' }
    return (await send(`${url}/mcp`, own, 'POST', JSON.stringify(call))).body.includes(REPOSITORY)
  },
}

/** Measures how long somebody who lost access goes on to see a repository, and to hear of jobs. */
export async function measureLost(): Promise<Figure[]> {
  const settings = { GITHUB_WEBHOOK_SECRET: SECRET, GITHUB_WEBHOOK_MODE: 'push' }
  const opened = await openSignIn(settings, OWN_TIMES)
  await opened.copy()
  const workers = await startPipeline(opened.services)
  try {
    return [
      ...(await lose(opened, 'with a webhook', { must: 5, aim: 1 })),
      ...(await lose(opened, 'without one', { must: 60, aim: 60 })),
    ]
  } finally {
    await workers.close()
    await opened.close()
  }
}

async function lose(
  opened: OpenedSignIn,
  how: 'with a webhook' | 'without one',
  bounds: { must: number; aim: number },
): Promise<Figure[]> {
  const { people, world } = opened.standIn
  people.give('ada', { owns: ['acme'], reads: ['saltmarsh/quay'] })
  const jar: Jar = new Map()
  await signIn(opened, jar, 'ada')
  const headers = { cookie: cookieOf(jar) }
  const { url } = opened.web
  for (const [kind, sees] of Object.entries(KINDS))
    if (!(await sees(url, headers))) throw new Error(`The ${kind} does not show ${REPOSITORY}`)
  const stream = await fetch(`${url}/events`, { headers })
  people.give('ada', { reads: ['saltmarsh/quay'] })
  const began = performance.now()
  if (how === 'with a webhook') {
    const payload = { action: 'removed', member: { id: world.actors.get('ada')?.databaseId } }
    await deliver(url + WEBHOOK_PATH, signDelivery('member', payload))
  }
  const since = () => (performance.now() - began) / 1_000
  const waits = Object.entries(KINDS).map(async ([kind, sees]) => {
    while (await sees(url, headers)) {
      if (since() * 1_000 > LONGEST_MS) throw new Error(`The ${kind} still shows ${REPOSITORY}`)
      await sleep(POLL_MS)
    }
    return [kind, since()] as const
  })
  const ended = endOf(stream).then(() => ['open stream of events', since()] as const)
  return (await Promise.all([...waits, ended])).map(([kind, seconds]) =>
    atMost(`access lost → hidden, ${how}: ${kind}, s`, seconds, bounds),
  )
}

async function endOf({ body }: Response): Promise<void> {
  for await (const _ of body as unknown as AsyncIterable<Uint8Array>);
}
