import { refusal } from '#app/api/answers.ts'

/** Handles every URL below `/api` that no other route matches. */
export function loader(): Response {
  return refusal(404, 'The API does not have this address', 'docs/api.md lists the addresses.')
}

export const action = loader
