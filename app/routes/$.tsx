/**
 * Handles every URL that no other route matches. Without it, React Router logs a warning for each to stderr.
 */
export function loader(): never {
  throw new Response(null, { status: 404 })
}

export default function NotFound() {
  return null
}
