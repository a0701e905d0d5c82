import { refusal } from '#app/api/answers.ts'

/** Every address below `/api` that no other route has. */
export function loader(): Response {
  return refusal(404, 'The API does not have this address', 'docs/api.md lists the addresses.')
}

export const action = loader
