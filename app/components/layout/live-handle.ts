/** The handle of a route that follows what happens: it ships the framework. The others are read. */
export const LIVE = { isLive: true } as const

export function isLiveHandle(handle: unknown): boolean {
  return (handle as Partial<typeof LIVE> | undefined)?.isLive ?? false
}
