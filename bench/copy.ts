import type pg from 'pg'
import type { Pool } from '#app/database/pool.server.ts'

/** The part of `pg`'s connection that COPY needs; its types omit it. */
interface CopyConnection {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** Writes rows into a table from the output of `copyOut` for the same columns. */
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

/** Runs a custom query, to which `pg` passes every protocol message. */
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
