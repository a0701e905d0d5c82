/**
 * One stream of `/events` per browser. Over HTTP/1.1 a browser opens six connections to a server, so seven
 * windows with a stream each would leave none for anything else.
 *
 * The visible tabs and windows request the same lock. Its holder opens the stream and passes every event on
 * to the others. When it is closed or hidden, the next one takes over.
 */

const NAME = 'whence-events'
const TYPES = ['job', 'snapshot', 'outage', 'heartbeat', 'ended'] as const
const LOOK_MS = 3_000
/** Others take the stream to be open for this long after the holder last said so. */
const ALIVE_MS = 3 * LOOK_MS

export interface StreamEvent {
  type: (typeof TYPES)[number]
  /** The JSON text of the event. */
  data: string
}

type Message = StreamEvent | { type: 'alive' }

export interface SharedStream {
  /** True if the stream is open, in this window or in another one. */
  isOpen(): boolean
  close(): void
}

/**
 * Joins the stream of this browser. Where there are no locks, which browsers offer only to secure origins and
 * to this machine, no stream is opened, and the caller polls.
 */
export function joinStream(receive: (event: StreamEvent) => void): SharedStream {
  const left = new AbortController()
  const channel = new BroadcastChannel(NAME)
  let aliveAt = Number.NEGATIVE_INFINITY

  function take(message: Message): void {
    aliveAt = performance.now()
    if (message.type !== 'alive') receive(message)
  }
  channel.onmessage = ({ data }: MessageEvent<Message>) => take(data)
  const held = navigator.locks?.request(NAME, { signal: left.signal }, () =>
    hold(left.signal, (message) => {
      take(message)
      channel.postMessage(message)
    }),
  )
  held?.catch((error: unknown) => {
    // The request for the lock ends this way when the window leaves before it gets the lock.
    if (!left.signal.aborted) throw error
  })
  return {
    isOpen: () => performance.now() - aliveAt < ALIVE_MS,
    close() {
      left.abort()
      channel.close()
    },
  }
}

/** Keeps the stream open until the window leaves. A stream that the browser has given up is opened again. */
function hold(left: AbortSignal, pass: (message: Message) => void): Promise<void> {
  return new Promise((resolve) => {
    let source = open(left, pass)
    const timer = setInterval(() => {
      if (source.readyState === EventSource.OPEN) pass({ type: 'alive' })
      if (source.readyState === EventSource.CLOSED) source = open(left, pass)
    }, LOOK_MS)
    function leave(): void {
      clearInterval(timer)
      source.close()
      resolve()
    }
    if (left.aborted) leave()
    else left.addEventListener('abort', leave)
  })
}

function open(left: AbortSignal, pass: (message: Message) => void): EventSource {
  const source = new EventSource('/events')
  for (const type of TYPES)
    source.addEventListener(type, ({ data }: MessageEvent<string>) => {
      // The browser would connect again at once, and be refused.
      if (type === 'ended') source.close()
      if (!left.aborted) pass({ type, data })
    })
  source.addEventListener('open', () => !left.aborted && pass({ type: 'alive' }))
  return source
}
