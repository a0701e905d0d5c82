import { connect, createServer, type Socket } from 'node:net'

/** A proxy in front of a real service that a test can cut, freeze and restore. */
export interface Wire {
  /** URL of the service through the proxy. */
  url: string
  cut(): void
  /** Keeps connections open but forwards nothing. */
  freeze(): void
  restore(): void
  close(): void
}

export async function layWire(target: string): Promise<Wire> {
  const service = new URL(target)
  const sockets = new Set<Socket>()
  let state: 'whole' | 'cut' | 'frozen' = 'whole'

  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(Number(service.port), service.hostname)
    join(near, far)
    join(far, near)
  })
  function join(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('data', (chunk) => state === 'whole' && to.write(chunk))
  }
  function cutAll(): void {
    for (const socket of sockets) socket.destroy()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as { port: number }).port)
  return {
    url: url.href,
    cut() {
      state = 'cut'
      cutAll()
    },
    freeze() {
      state = 'frozen'
    },
    restore() {
      state = 'whole'
    },
    close() {
      server.close()
      cutAll()
    },
  }
}
