import { RetryableError } from './errors.server.ts'

/** Most bytes of an answer, after decompression. The largest pages of GitHub have about 10 MB. */
const MAX_BYTES = 64 * 2 ** 20
const MAX_REDIRECTS = 3
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Statuses without a body: a `Response` with one cannot be made. */
const BODILESS = new Set([101, 204, 205, 304])

/**
 * `fetch` for every call of Whence to another server: redirects are followed within the origin only, so that no
 * other server answers in its place, and an answer ends with an error when it is longer than 64 MB.
 *
 * @param init.body a string or null: a redirect sends it again.
 * @throws RetryableError for a redirect that is not followed, also from the body of an answer that is too long.
 */
export async function fetchWithin(
  url: string,
  init: RequestInit = {},
  maxBytes = MAX_BYTES,
): Promise<Response> {
  let address = new URL(url)
  for (let hops = 0; ; hops++) {
    const response = await fetch(address, { ...init, redirect: 'manual' })
    const target = targetOf(response, address)
    if (!target) return bounded(response, maxBytes)
    await response.body?.cancel()
    checkRedirect(response.status, { from: address, to: target, hops, method: init.method })
    address = target
  }
}

function targetOf({ status, headers }: Response, from: URL): URL | null {
  const location = headers.get('location')
  return REDIRECTS.has(status) && location && URL.canParse(location, from)
    ? new URL(location, from)
    : null
}

interface Redirect {
  from: URL
  to: URL
  hops: number
  method: string | undefined
}

function checkRedirect(status: number, { from, to, hops, method = 'GET' }: Redirect): void {
  const isRead = method === 'GET' || method === 'HEAD'
  if (to.origin !== from.origin)
    throw new RetryableError(
      `${from.origin} redirects to another server, ${to.origin}: if that is right, configure its address`,
      'broken',
    )
  // Other redirects turn a POST request into a GET request, whose answer would be that of another question.
  if (!isRead && status !== 307 && status !== 308)
    throw new RetryableError(`${from.origin} redirects a ${method} request`, 'broken')
  if (hops === MAX_REDIRECTS)
    throw new RetryableError(`${from.origin} redirects more than ${MAX_REDIRECTS} times`, 'broken')
}

function bounded(response: Response, maxBytes: number): Response {
  const { status, statusText, headers, body } = response
  if (!body || BODILESS.has(status)) return response
  return new Response(body.pipeThrough(countBytes(maxBytes)), { status, statusText, headers })
}

function countBytes(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length
      if (bytes <= maxBytes) return controller.enqueue(chunk)
      controller.error(
        new RetryableError(
          `An answer is longer than ${Math.floor(maxBytes / 2 ** 20)} MB`,
          'broken',
        ),
      )
    },
  })
}
