import { createHmac, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'

export const SECRET = 'a secret of at least thirty-two characters'
/** Bytes of a payload: the median of GitHub's. */
const PAYLOAD_BYTES = 17_000

const body = JSON.stringify({
  action: 'created',
  issue: { number: 7, pull_request: {} },
  comment: { body: 'x'.repeat(PAYLOAD_BYTES - 150) },
  repository: { id: 12 },
  installation: { id: 34 },
})
const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`

export interface Sent {
  status: number
  ms: number
}

export function openAgent(sockets: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: sockets })
}

/** Sends one delivery. A broken connection has the status 0. */
export function sendDelivery(url: string, agent: Agent): Promise<Sent> {
  const since = performance.now()
  return new Promise((resolve) => {
    const end = (status: number) => resolve({ status, ms: performance.now() - since })
    const sending = request(url, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-github-event': 'issue_comment',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': signature,
      },
    })
    sending.on('error', () => end(0))
    sending.on('response', (response) => {
      response.resume().on('end', () => end(response.statusCode ?? 0))
    })
    sending.end(body)
  })
}

/** Sends as fast as the answers come, on so many connections. @returns answers with 202 per second. */
export async function sendFlatOut(url: string, connections: number, ms: number): Promise<number> {
  const agent = openAgent(connections)
  const until = performance.now() + ms
  let accepted = 0
  async function sendOn(): Promise<void> {
    while (performance.now() < until)
      if ((await sendDelivery(url, agent)).status === 202) accepted++
  }
  await Promise.all(Array.from({ length: connections }, sendOn))
  agent.destroy()
  return (accepted * 1000) / ms
}

/** Sends at a steady rate, whether answers come or not. */
export async function sendSteadily(url: string, perSecond: number, ms: number): Promise<Sent[]> {
  const agent = openAgent(Number.POSITIVE_INFINITY)
  const began = performance.now()
  const sent: Promise<Sent>[] = []
  while (performance.now() - began < ms) {
    const due = Math.floor(((performance.now() - began) * perSecond) / 1000)
    while (sent.length < due) sent.push(sendDelivery(url, agent))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const all = await Promise.all(sent)
  agent.destroy()
  return all
}
