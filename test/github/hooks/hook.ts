import { createHmac, randomUUID } from 'node:crypto'
import type { HookEvent } from './hook-event.ts'

/** GitHub gives up after this time. */
const GITHUB_TIMEOUT_MS = 10_000

interface HookConfig {
  url: string | null
  secret: string | null
  content_type: 'json' | 'form'
}

/** One attempt to deliver an event. Its id exceeds 2⁵³, so that it is no JavaScript number. */
export interface HookDelivery {
  id: bigint
  guid: string
  deliveredAt: string
  redelivery: boolean
  seconds: number
  /** Status of the answer; 0 if there was none. */
  statusCode: number
  status: string
  event: HookEvent
  headers: Record<string, string>
  body: string
}

export interface Hook {
  config: HookConfig
  /** Attempts, newest first. */
  deliveries: HookDelivery[]
  /** While true, events are noted as deliveries that nobody answered, without being sent. */
  isDown: boolean
  /** While true, the cursors of pages of deliveries have expired. */
  hasExpiredCursors: boolean
  /** Numbers of events, counted from now, that are never delivered nor listed. */
  lost: Set<number>
  announce(event: HookEvent): void
  /** @returns false if there is no such delivery. */
  redeliver(id: bigint): boolean
  /** Waits until everything that was announced has been answered or given up. */
  settled(): Promise<void>
}

/** Returns the App's hook, which sends each announced event at once, without an order. */
export function makeHook(now: () => Date, timeoutMs = GITHUB_TIMEOUT_MS): Hook {
  const sending = new Set<Promise<void>>()
  let next = 2n ** 53n + 1n
  let announced = 0

  function start(event: HookEvent, guid: string, redelivery: boolean): void {
    const body = bodyOf(event, hook.config.content_type)
    const headers = headersOf(event, guid, hook.config, body)
    const delivery: HookDelivery = {
      ...{ id: next, guid, deliveredAt: now().toISOString(), redelivery, seconds: 0 },
      ...{ statusCode: 0, status: 'pending', event, headers, body },
    }
    next += 7n
    hook.deliveries.unshift(delivery)
    const sent = send(hook, delivery, timeoutMs).finally(() => sending.delete(sent))
    sending.add(sent)
  }

  const hook: Hook = {
    config: { url: null, secret: null, content_type: 'json' },
    deliveries: [],
    isDown: false,
    hasExpiredCursors: false,
    lost: new Set(),
    announce(event) {
      announced += 1
      if (hook.config.url && !hook.lost.delete(announced)) start(event, randomUUID(), false)
    },
    redeliver(id) {
      const known = hook.deliveries.find((one) => one.id === id)
      if (known) start(known.event, known.guid, true)
      return Boolean(known)
    },
    async settled() {
      while (sending.size > 0) await Promise.all(sending)
    },
  }
  return hook
}

async function send(hook: Hook, delivery: HookDelivery, timeoutMs: number): Promise<void> {
  const began = performance.now()
  try {
    if (hook.isDown || !hook.config.url) throw new Error('The receiver is down')
    const response = await fetch(hook.config.url, {
      method: 'POST',
      headers: delivery.headers,
      body: delivery.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.arrayBuffer()
    delivery.statusCode = response.status
    delivery.status = response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`
  } catch (error) {
    const isLate = (error as Error).name === 'TimeoutError'
    delivery.status = isLate ? 'timed out' : 'failed to connect to host'
  } finally {
    delivery.seconds = (performance.now() - began) / 1000
  }
}

function bodyOf({ payload }: HookEvent, type: HookConfig['content_type']): string {
  const json = JSON.stringify(payload)
  return type === 'json' ? json : `payload=${encodeURIComponent(json)}`
}

function headersOf(
  { event }: HookEvent,
  guid: string,
  { secret, content_type }: HookConfig,
  body: string,
): Record<string, string> {
  const sign = (algorithm: string) =>
    `${algorithm}=${createHmac(algorithm, secret ?? '')
      .update(body)
      .digest('hex')}`
  return {
    accept: '*/*',
    'content-type':
      content_type === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    'user-agent': 'GitHub-Hookshot/5tand1n',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': '451234567',
    'x-github-hook-installation-target-type': 'integration',
    ...(secret && { 'x-hub-signature': sign('sha1'), 'x-hub-signature-256': sign('sha256') }),
  }
}
