import type pg from 'pg'
import type { Pool } from '#app/database/pool.server.ts'

/** What of `pg`'s connection COPY needs; its types leave it out. */
interface CopyConnection {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** Writes a table's rows from what `copyOut` read of it, or a table like it. */
export async function copyIn(pool: Pool, table: string, data: Buffer): Promise<void> {
  await run(pool, `copy ${table} from stdin`, {
    handleCopyInResponse(connection) {
      connection.sendCopyFromChunk(data)
      connection.endCopyFrom()
    },
  })
}

export async function copyOut(pool: Pool, table: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  await run(pool, `copy ${table} to stdout`, {
    handleCopyData: ({ chunk }) => void chunks.push(Buffer.from(chunk)),
  })
  return Buffer.concat(chunks)
}

interface Handling {
  handleCopyInResponse?(connection: CopyConnection): void
  handleCopyData?(message: { chunk: Buffer }): void
}

/** A query of our own making: `pg` hands it every message of the protocol. */
async function run(pool: Pool, text: string, handling: Handling): Promise<void> {
  const client = await pool.connections.connect()
  try {
    await new Promise<void>((resolve, reject) => {
      client.query({
        submit: (connection: unknown) => (connection as CopyConnection).query(text),
        handleCommandComplete() {},
        handleReadyForQuery: () => resolve(),
        handleError: (error: Error) => reject(error),
        ...handling,
      } as unknown as pg.Submittable)
    })
  } finally {
    client.release()
  }
}
