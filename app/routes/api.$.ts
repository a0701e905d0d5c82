import { refusal } from '#app/api/answers.ts'

/** Every address below `/api` that no other route has. */
export function loader(): Response {
  return refusal(404, 'The API has no such address', 'docs/api.md lists those it has.')
}

export const action = loader
