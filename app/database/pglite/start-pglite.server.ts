import { Worker } from 'node:worker_threads'

/** An open PGlite: the single session of an embedded database. */
export interface Backend {
  /** Executes messages of PostgreSQL's wire protocol up to a sync, and returns the answer. */
  request(message: Uint8Array): Promise<Uint8Array>
  /** Returns the folder as a tar file, for a template. */
  dump(): Promise<Uint8Array>
  close(): Promise<void>
}

export interface PgliteOptions {
  /** Where the database is, or is created; without it, in memory. */
  dataDir?: string
  /** A tar file as `dump` returns it, to start from. */
  template?: Uint8Array
}

interface Answer {
  id: number
  answer?: Uint8Array
  error?: Error
  code?: string
}

interface Waiting {
  resolve: (answer: Uint8Array) => void
  reject: (error: Error) => void
}

/**
 * Starts PGlite in a thread: a statement cannot be interrupted, and here it delays only other statements, not
 * the loop of the process, which answers requests and renews leases. The thread keeps the process alive only
 * while a request is open.
 *
 * @throws Error, with the `code` of the file system if it has one, if PGlite cannot open the folder.
 */
export async function startPglite({ dataDir, template }: PgliteOptions): Promise<Backend> {
  // Not `new Worker(new URL(…))`, which bundlers take for an entry of their own.
  const module = new URL('./thread.mjs', import.meta.url)
  // Neither the loaders nor the secrets of this process.
  const worker = new Worker(module, { workerData: { dataDir, template }, execArgv: [], env: {} })
  const waiting = new Map<number, Waiting>()
  let last = 0
  let failure: Error | null = null

  function run(task: string, message?: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (failure) return reject(failure)
      if (waiting.size === 0) worker.ref()
      waiting.set(++last, { resolve, reject })
      worker.postMessage({ id: last, task, message })
    })
  }

  function take(id: number): Waiting | undefined {
    const taken = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
    return taken
  }

  worker.on('message', ({ id, answer, error, code }: Answer) => {
    const taken = take(id)
    if (error) taken?.reject(Object.assign(error, code && { code }))
    else taken?.resolve(answer as Uint8Array)
  })
  worker.on('error', (error) => {
    failure = error
  })
  worker.on('exit', () => {
    failure ??= new Error('The embedded database has ended')
    for (const id of [...waiting.keys()]) take(id)?.reject(failure)
  })
  await run('open').catch(async (error) => {
    await worker.terminate()
    throw error
  })
  return {
    request: (message) => run('request', message),
    dump: () => run('dump'),
    async close() {
      await run('close')
      await worker.terminate()
    },
  }
}
