import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface FakeService {
  port: number
  close(): Promise<void>
}

/** Starts a server on loopback; `converse` handles each connection. */
export async function fakeService(converse: (socket: Socket) => void): Promise<FakeService> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    converse(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** Accepts connections and never sends anything. */
export function silentService(): Promise<FakeService> {
  return fakeService((socket) => void socket.resume())
}

/** Imitates just enough of PostgreSQL to return one row for every query. */
export function fakePostgres(row: Record<string, string | null>): Promise<FakeService> {
  const names = Object.keys(row)
  const column = (name: string) =>
    Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(6), int32(25), Buffer.alloc(8, 0xff)])
  const value = (text: string | null) =>
    text === null ? int32(-1) : Buffer.concat([int32(text.length), Buffer.from(text)])
  const greeting = Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))])
  const answer = Buffer.concat([
    message('T', int16(names.length), ...names.map((name) => textColumn(column(name)))),
    message('D', int16(names.length), ...Object.values(row).map(value)),
    message('C', Buffer.from('SELECT 1\0')),
    message('Z', Buffer.from('I')),
  ])
  return fakeService((socket) => {
    socket.once('data', () => {
      socket.write(greeting)
      socket.on('data', (data) => {
        if (data[0] === 'X'.charCodeAt(0)) socket.end()
        else socket.write(answer)
      })
    })
  })
}

/** Sets the format code, the last two bytes, to text. */
function textColumn(column: Buffer): Buffer {
  column.writeInt16BE(0, column.length - 2)
  return column
}

/** Imitates just enough of Redis to answer INFO; `refuse` is an error returned to every command instead. */
export function fakeRedis(info: Record<string, string>, refuse?: string): Promise<FakeService> {
  const text = Object.entries(info)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')
  return fakeService((socket) => {
    socket.setEncoding('utf8').on('data', (data: string) => {
      for (const command of data.split(/^\*\d+\r\n/m).slice(1)) {
        if (refuse) socket.write(`-${refuse}\r\n`)
        else if (/^\$4\r\ninfo/i.test(command)) socket.write(`$${text.length}\r\n${text}\r\n`)
        else socket.write('+OK\r\n')
      }
    })
  })
}

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
