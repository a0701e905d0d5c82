import manifest from '../../package.json' with { type: 'json' }
import { methodRefusal } from '../api/answers.ts'
import { describeApi } from '../api/openapi.ts'

export function loader() {
  return Response.json(describeApi(manifest.version))
}

export function action() {
  return methodRefusal('GET')
}
