import { createHmac, randomUUID } from 'node:crypto'
import { SECRET } from './receive-webhooks.ts'

/** A delivery as it is sent. */
export interface SentDelivery {
  headers: Record<string, string>
  body: string
}

/** Signs a payload as GitHub does. */
export function signDelivery(event: string, payload: unknown): SentDelivery {
  const body = JSON.stringify(payload)
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${signature}`,
  }
  return { headers, body }
}

/** @returns the status of the answer. */
export async function deliver(
  url: string,
  { headers, body }: Pick<SentDelivery, 'headers' | 'body'>,
): Promise<number> {
  const response = await fetch(url, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}
