import { methodRefusal } from '#app/api/answers.ts'
import { describeApi } from '#app/api/openapi.ts'
import manifest from '../../package.json' with { type: 'json' }

export function loader() {
  return Response.json(describeApi(manifest.version))
}

export function action() {
  return methodRefusal('GET')
}
