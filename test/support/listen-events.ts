import { expect } from 'vitest'
import type { Job } from '#app/ledger/views/job.ts'

export interface Heard {
  event: string
  id: string | null
  payload: { type: string; timestamp: string; data: Job & { jobs: Job[] } }
}

/** Opens a client of `/events` that works like a browser's EventSource but does not reconnect. */
export async function listenEvents(url: string, headers: Record<string, string> = {}) {
  const stop = new AbortController()
  const response = await fetch(url, { signal: stop.signal, headers })
  const received: Heard[] = []
  let ended = false

  async function read(): Promise<void> {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map((line) => split(line)))
        const data = fields.get('data')
        if (data === undefined) continue
        const id = fields.get('id') ?? null
        received.push({ event: fields.get('event') ?? 'message', id, payload: JSON.parse(data) })
      }
    }
  }
  void read()
    .catch(() => {})
    .finally(() => {
      ended = true
    })

  return {
    response,
    received,
    hasEnded: () => ended,
    /** Returns the latest state received for a job, from any event. */
    last(jobId: string): Job | undefined {
      return received
        .flatMap(({ event, payload }) => (event === 'snapshot' ? payload.data.jobs : payload.data))
        .findLast((job) => job.id === jobId)
    },
    async until(check: (event: Heard) => boolean): Promise<Heard> {
      await expect.poll(() => received.some(check)).toBe(true)
      return received.find(check) as Heard
    },
    close: () => stop.abort(),
  }
}

function split(line: string): [string, string] {
  const colon = line.indexOf(': ')
  return [line.slice(0, colon), line.slice(colon + 2)]
}
