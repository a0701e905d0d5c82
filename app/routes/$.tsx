/** Every address that no other route has. Without it React Router would warn of each on stderr. */
export function loader(): never {
  throw new Response(null, { status: 404 })
}

export default function NotFound() {
  return null
}
