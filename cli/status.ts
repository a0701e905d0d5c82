import type { Terminal } from '#server/folder/command-socket.ts'
import type { Backend } from './backend.ts'
import { print } from './context.ts'
import { renderStatus } from './render-status.ts'

/** Shows the services, the workers, and every job that is open or was the last. */
export async function status(
  terminal: Terminal,
  backend: Backend,
  options: { json: boolean },
): Promise<number> {
  const found = await backend.status()
  const { jobs } = found
  const text = options.json ? JSON.stringify({ jobs }, null, 2) : renderStatus(found, new Date())
  await print(terminal, text)
  return 0
}
