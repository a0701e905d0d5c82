/** The id of the HTTP request that the running code answers, which joins its log lines, its answer and its audit entries. */
import { AsyncLocalStorage } from 'node:async_hooks'

// The bundle of the routes has its own copy of this module, and both must see the same request.
const KEY = Symbol.for('whence.request-id')
const shared = globalThis as { [KEY]?: AsyncLocalStorage<string | null> }
shared[KEY] ??= new AsyncLocalStorage()
const current = shared[KEY]

/** Returns the id of the request that is being answered; null outside of requests. */
export function requestId(): string | null {
  return current.getStore() ?? null
}

/** Binds `work`, and everything that it starts, to a request. */
export function inRequest<T>(id: string, work: () => T): T {
  return current.run(id, work)
}

/** Releases `work` from the request that happens to start it, for what outlives the request. */
export function outsideRequests<T>(work: () => T): T {
  return current.run(null, work)
}
