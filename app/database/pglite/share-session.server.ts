import { Duplex } from 'node:stream'
import type { Backend } from './start-pglite.server.ts'

/**
 * Shares the single session of a PGlite database among any number of `pg` clients.
 *
 * Each client speaks PostgreSQL's wire protocol over an in-process stream, so that everything above it (Pool,
 * Prisma's adapter, BullMQ's Postgres backend, our SQL) behaves as with a server: same types, error codes and
 * notifications. PGlite has a single backend, so a client with an open transaction holds the session until
 * the transaction ends; other clients wait in order of arrival.
 *
 * @returns the `stream` option of a `Pool`: called once per client.
 */
export function shareSession(backend: Pick<Backend, 'request'>): () => Duplex {
  const clients = new Set<Duplex>()
  let waiting: { client: Duplex; message: Buffer }[] = []
  let holder: Duplex | null = null
  let busy = false
  // True if a client disconnected with a transaction open: it is rolled back before anything else runs.
  let abandoned = false

  function take() {
    if (holder?.destroyed) {
      holder = null
      abandoned = true
    }
    const index = waiting.findIndex((entry) => !holder || entry.client === holder)
    return index < 0 ? undefined : waiting.splice(index, 1)[0]
  }

  async function next(): Promise<void> {
    const entry = busy ? undefined : take()
    if (!entry) return
    busy = true
    try {
      if (abandoned) await backend.request(query('rollback'))
      abandoned = false
      const answer = splitAnswer(asBuffer(await backend.request(entry.message)))
      holder = answer.status === 'idle' ? null : entry.client
      for (const client of clients) deliver(client, answer.notifications)
      deliver(entry.client, answer.messages)
    } catch (error) {
      holder = null
      abandoned = true
      entry.client.destroy(error as Error)
    }
    busy = false
    void next()
  }

  return () => {
    const client = openSessionClient({
      send(client, message) {
        waiting.push({ client, message })
        void next()
      },
      closed(client) {
        clients.delete(client)
        // The client's pending requests belong to a transaction that is rolled back and must not run after
        // that.
        waiting = waiting.filter((entry) => entry.client !== client)
        void next()
      },
    })
    clients.add(client)
    return client
  }
}

interface Session {
  send(client: Duplex, message: Buffer): void
  closed(client: Duplex): void
}

/** Opens the server side of one client's connection: collects bytes until they form a request. */
function openSessionClient(session: Session): Duplex {
  let received: Buffer = Buffer.alloc(0)
  let started = false

  function startUp(): void {
    if (received.length < 4 || received.length < received.readInt32BE(0)) return
    received = received.subarray(received.readInt32BE(0))
    started = true
    client.push(GREETING)
  }

  /** A request ends with a simple query or a sync message and includes all messages before it. */
  function takeRequests(): void {
    let start = 0
    for (const { type, to } of messagesOf(received)) {
      if (type === TERMINATE) client.push(null)
      if (type === SIMPLE_QUERY || type === SYNC)
        session.send(client, Buffer.from(received.subarray(start, to)))
      if (type === SIMPLE_QUERY || type === SYNC || type === TERMINATE) start = to
    }
    received = received.subarray(start)
  }

  const client = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, written) {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      if (started) takeRequests()
      else startUp()
      written()
    },
    destroy(error, destroyed) {
      session.closed(client)
      destroyed(error)
    },
  })
  // The part of net.Socket that `pg` calls.
  return Object.assign(client, {
    connect: () => void process.nextTick(() => client.emit('connect')),
    setNoDelay: () => client,
    setKeepAlive: () => client,
    ref: () => client,
    unref: () => client,
  })
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function deliver(client: Duplex, messages: Buffer): void {
  if (messages.length > 0 && !client.destroyed) client.push(messages)
}

function* messagesOf(buffer: Buffer): Generator<{ type: string; from: number; to: number }> {
  let from = 0
  while (from + 5 <= buffer.length) {
    const to = from + 1 + buffer.readInt32BE(from + 1)
    if (to > buffer.length) return
    yield { type: String.fromCharCode(buffer[from] as number), from, to }
    from = to
  }
}

/**
 * Splits off notifications, which PGlite returns to the client whose request they arrived with although every
 * client must receive them. The last ReadyForQuery message shows whether a transaction is open.
 */
function splitAnswer(answer: Buffer) {
  const messages: Buffer[] = []
  const notifications: Buffer[] = []
  let status: 'idle' | 'in transaction' = 'idle'
  let kept = 0
  for (const { type, from, to } of messagesOf(answer)) {
    if (type === READY_FOR_QUERY)
      status = answer[from + 5] === 'I'.charCodeAt(0) ? 'idle' : 'in transaction'
    if (type !== NOTIFICATION) continue
    messages.push(answer.subarray(kept, from))
    notifications.push(answer.subarray(from, to))
    kept = to
  }
  if (kept === 0) return { messages: answer, notifications: Buffer.alloc(0), status }
  messages.push(answer.subarray(kept))
  return { messages: Buffer.concat(messages), notifications: Buffer.concat(notifications), status }
}

const SIMPLE_QUERY = 'Q'
const SYNC = 'S'
const TERMINATE = 'X'
const READY_FOR_QUERY = 'Z'
const NOTIFICATION = 'A'

function message(type: string, ...fields: (number | string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    fields.map((field) => {
      if (typeof field === 'string') return Buffer.from(`${field}\0`)
      if (typeof field !== 'number') return field
      const bytes = Buffer.alloc(4)
      bytes.writeInt32BE(field)
      return bytes
    }),
  )
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function query(text: string): Buffer {
  return message('Q', text)
}

const GREETING = Buffer.concat([
  message('R', 0),
  message('S', 'client_encoding', 'UTF8'),
  message('S', 'DateStyle', 'ISO, MDY'),
  message('S', 'TimeZone', 'UTC'),
  message('S', 'standard_conforming_strings', 'on'),
  message('K', 0, 0),
  message('Z', Buffer.from('I')),
])
