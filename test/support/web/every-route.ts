interface BuiltRoute {
  path?: string
  index?: boolean
  module: { action?: unknown }
}

/**
 * Returns an address of each route: those of the pages and the API from the build, and the server's own.
 *
 * @param matches chooses among the routes of the build.
 */
export async function everyRoute(
  matches: (module: BuiltRoute['module']) => boolean = () => true,
): Promise<string[]> {
  const file = new URL('../../../build/server/index.js', import.meta.url).href
  const { routes } = (await import(file)) as { routes: Record<string, BuiltRoute> }
  const paths = Object.values(routes)
    .filter(({ module }) => matches(module))
    .map(({ path, index }) => `/${path ?? ''}${index && !path ? '?index' : ''}`)
  const own = ['/events', '/metrics', '/session', '/api/v1/export/pulls', '/favicon.svg']
  return [...new Set([...paths, ...own])].map((path) => path.replace(/[:*]\w*/g, '1'))
}
