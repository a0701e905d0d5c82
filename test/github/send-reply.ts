import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { FaultKind } from '#test/github/faults/fault-format.ts'
import type { Reply } from './refusing-replies.ts'

const UNICORN =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n'

const TIMEOUT = JSON.stringify({
  message:
    "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.",
  documentation_url: 'https://docs.github.com/rest',
})

type Sent = { status: number; type: string; text: string; cut?: boolean }

const JSON_TYPE = 'application/json; charset=utf-8'

/** How transport faults change the reply; the work behind it is done and charged anyway. */
const SPOILED: Partial<Record<FaultKind, (reply: Reply) => Sent>> = {
  'bad-gateway': () => ({ status: 502, type: 'text/html', text: UNICORN }),
  'gateway-timeout': () => ({ status: 504, type: JSON_TYPE, text: TIMEOUT }),
  'truncated-json': ({ status, text }) => ({
    status,
    type: JSON_TYPE,
    text: text.slice(0, Math.floor(text.length / 2)),
  }),
  'cut-connection': ({ status, text }) => ({ status, type: JSON_TYPE, text, cut: true }),
  'empty-200': () => ({ status: 200, type: JSON_TYPE, text: '' }),
  'wrong-content-type': ({ status, text }) => ({ status, type: 'text/html', text }),
}

/** Returns the reply as sent on the wire. */
export function onWire(reply: Reply): Sent {
  const spoil = reply.faults.map((fault) => SPOILED[fault.kind]).find((one) => one !== undefined)
  return spoil ? spoil(reply) : { status: reply.status, type: JSON_TYPE, text: reply.text }
}

export function sendReply(response: ServerResponse, reply: Reply, now: Date): void {
  const { status, type, text, cut } = onWire(reply)
  const bytes = Buffer.from(text)
  const hasBody = status !== 204 && status !== 304
  response.writeHead(status, {
    date: now.toUTCString(),
    server: 'github.com',
    'x-github-request-id': randomUUID().toUpperCase(),
    'x-github-media-type': 'github.v3; format=json',
    ...(hasBody ? { 'content-type': type, 'content-length': bytes.length } : {}),
    ...reply.headers,
  })
  if (!hasBody) response.end()
  else if (cut) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  else response.end(bytes)
}
