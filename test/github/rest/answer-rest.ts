import { createHash } from 'node:crypto'
import type { Budget } from '../limits/limits.ts'
import { resetHeader } from '../limits/limits.ts'
import { userRoutes } from '../sign-in/user-routes.ts'
import { appRoutes } from './app-routes.ts'
import { codeRoutes } from './code-routes.ts'
import { creationRoutes } from './creation-routes.ts'
import { hookRoutes } from './hook-routes.ts'
import { personRoutes, repositoryRoutes } from './repository-routes.ts'
import { type Answer, ok, type RestCall, type Route, refuse } from './route.ts'

const ROUTES: Route[] = [
  ...appRoutes,
  ...creationRoutes,
  ...hookRoutes,
  ...repositoryRoutes,
  ...codeRoutes,
  ...personRoutes,
  ...userRoutes,
]

export function answerRest(call: RestCall): Answer {
  if (call.path === '/rate_limit' && call.method === 'GET') return limitsPayload(call)
  if (call.path === '/meta' && call.method === 'GET')
    return ok({ verifiable_password_authentication: false })
  for (const route of ROUTES) {
    const parts = route.method === call.method ? route.pattern.exec(call.path) : null
    if (parts) return refuseCaller(call, route) ?? route.answer(call, ...parts.slice(1))
  }
  return refuse(404, 'Not Found')
}

function refuseCaller(call: RestCall, { who }: Route): Answer | null {
  const { kind } = call.identity
  if (who === 'app' && kind !== 'app') {
    return refuse(401, 'A JSON web token could not be decoded')
  }
  if (who !== 'app' && kind === 'app') {
    return refuse(403, 'Resource not accessible by integration')
  }
  if (who === 'installation' && kind !== 'installation') {
    return refuse(
      403,
      'You must authenticate with an installation access token in order to list repositories for an installation.',
    )
  }
  if (who === 'user' && kind === 'installation') {
    return refuse(403, 'Resource not accessible by integration')
  }
  if (who === 'user' && kind === 'anonymous') return refuse(401, 'Requires authentication')
  return null
}

function limitsPayload({ state, identity }: RestCall): Answer {
  if (state.limiter.options.off) return refuse(404, 'Rate limiting is not enabled.')
  const report = (budget: Budget) => ({
    limit: budget.limit,
    used: budget.used,
    remaining: budget.remaining,
    reset: Number(resetHeader(budget)),
  })
  const core = report(state.limiter.budget(identity, 'core'))
  const graphql = report(state.limiter.budget(identity, 'graphql'))
  return ok({ resources: { core, graphql }, rate: core })
}

/** Computes an ETag, which is bound to one token: the same page has a different one for each. */
export function etagOf(call: RestCall, text: string, link: string): string {
  const hash = createHash('sha256').update(`${call.identity.token}\n${link}\n${text}`)
  return `W/"${hash.digest('hex')}"`
}
