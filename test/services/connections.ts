import type { Duplex } from 'node:stream'
import type pg from 'pg'

/** Returns the byte stream below a client: a socket, or the stream of the embedded database. */
export function streamOf(client: pg.ClientBase): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream
}

export interface Gate {
  opened: Promise<void>
  open(): void
}

export function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
