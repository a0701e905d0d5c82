interface BuiltRoute {
  path?: string
  index?: boolean
  parentId?: string
  module: { action?: unknown; default?: unknown }
}

type Routes = Record<string, BuiltRoute>

/** What the server answers besides the routes of the build. */
const OWN = ['/events', '/metrics', '/session', '/api/v1/export/:list', '/favicon.svg']

/**
 * Returns the paths of the routes: those of the pages and the API from the build, and the server's own.
 *
 * @param matches chooses among the routes of the build.
 */
export async function routePaths(
  matches: (module: BuiltRoute['module']) => boolean = () => true,
): Promise<string[]> {
  const file = new URL('../../../build/server/index.js', import.meta.url).href
  const { routes } = (await import(file)) as { routes: Routes }
  const paths = Object.values(routes)
    .filter((route) => route.parentId !== undefined && matches(route.module))
    .map((route) => `/${pathOf(routes, route)}${route.index && !route.path ? '?index' : ''}`)
  return [...new Set([...paths, ...OWN])]
}

/** Returns an address of each route. */
export async function everyRoute(
  matches?: (module: BuiltRoute['module']) => boolean,
): Promise<string[]> {
  const paths = await routePaths(matches)
  return [...new Set(paths.map((path) => path.replace('/export/:list', '/export/pulls')))].map(
    (path) => path.replace(/[:*]\w*/g, '1'),
  )
}

function pathOf(routes: Routes, { path, parentId }: BuiltRoute): string {
  const parent = parentId === undefined ? undefined : routes[parentId]
  return [parent && pathOf(routes, parent), path].filter(Boolean).join('/')
}
