import { randomBytes } from 'node:crypto'
import { accountPayload, appPayload } from './payloads.ts'
import { type Answer, listPage, type RestCall, type Route, refuse } from './route.ts'

export const creationRoutes: Route[] = [
  {
    method: 'POST',
    pattern: /^\/app-manifests\/([^/]+)\/conversions$/,
    who: 'anyone',
    answer: convert,
  },
  {
    method: 'GET',
    pattern: /^\/app\/installation-requests$/,
    who: 'app',
    answer: (call) =>
      listPage(call, call.state.creation.requests, (page) =>
        page.map(({ id, account, requester, createdAt }) => ({
          ...{ id, node_id: `IR_${id}`, created_at: createdAt },
          account: accountPayload(call, account),
          requester: accountPayload(call, requester),
        })),
      ),
  },
]

/** Turns the stand-in's App into the one of the manifest, which is installed nowhere yet. */
function convert(call: RestCall, code = ''): Answer {
  const { app, creation, hook, world } = call.state
  const taken = creation.take(code)
  if (!taken) return refuse(404, 'Not Found')
  const { manifest, owner } = taken
  if (manifest.name.startsWith('taken-')) return refuse(422, 'Validation Failed')
  const secret = randomBytes(20).toString('hex')
  app.slug = manifest.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  app.owner = world.actors.get(owner?.toLowerCase() ?? '') ?? app.owner
  Object.assign(app.permissions, manifest.default_permissions)
  app.events = manifest.default_events ?? []
  creation.setupUrl = manifest.setup_url ?? null
  world.installations.clear()
  hook.config.url = manifest.hook_attributes?.url ?? null
  hook.config.secret = manifest.hook_attributes ? secret : null
  return {
    status: 201,
    headers: {},
    body: {
      ...appPayload(call),
      name: manifest.name,
      client_secret: call.state.signIn.clientSecret,
      webhook_secret: hook.config.secret,
      pem: app.privateKey,
    },
  }
}
