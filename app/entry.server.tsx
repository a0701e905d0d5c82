import { Transform } from 'node:stream'
import {
  type ActionFunctionArgs,
  type AppLoadContext,
  createReadableStreamFromReadable,
  type EntryContext,
  type LoaderFunctionArgs,
} from '@remix-run/node'
import { isRouteErrorResponse, RemixServer } from '@remix-run/react'
import { renderToPipeableStream } from 'react-dom/server'
import { RETRY_SECONDS } from '#app/api/answers.ts'
import { FailedRequest } from '#app/components/elements/failed-request.ts'
import { Nonce } from '#app/components/elements/nonce.ts'
import { requestId } from '#app/config/request-id.server.ts'

const ABORT_MS = 5_000

export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  { nonce, logger }: AppLoadContext,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (status === 503) headers.set('Retry-After', String(RETRY_SECONDS))
    let sent = false
    let code = status
    const { pipe, abort } = renderToPipeableStream(
      <Nonce.Provider value={nonce}>
        <FailedRequest.Provider value={requestId()}>
          <RemixServer
            context={remixContext}
            url={request.url}
            abortDelay={ABORT_MS}
            nonce={nonce}
          />
        </FailedRequest.Provider>
      </Nonce.Provider>,
      {
        nonce,
        onShellReady() {
          sent = true
          const body = withoutZeros()
          headers.set('Content-Type', 'text/html; charset=utf-8')
          const stream = createReadableStreamFromReadable(body)
          resolve(new Response(stream, { headers, status: code }))
          pipe(body)
        },
        onShellError: reject,
        onError(error) {
          code = 500
          // An error before the shell rejects the promise, and the caller logs it.
          if (sent && !request.signal.aborted) logger.error({ err: error }, 'a page broke off')
        },
      },
    )
    const timer = setTimeout(abort, ABORT_MS)
    timer.unref()
    request.signal.addEventListener('abort', () => abort(request.signal.reason), { once: true })
  })
}

/**
 * React 18 pads a chunk with zero bytes where a character of several bytes does not fit into its rest. Nothing of
 * a page has that character.
 */
function withoutZeros(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, chunk.includes(0) ? chunk.filter((byte) => byte !== 0) : chunk)
    },
  })
}

export function handleError(error: unknown, args: LoaderFunctionArgs | ActionFunctionArgs): void {
  const isAnswer = isRouteErrorResponse(error) && error.status < 500
  if (isAnswer || args.request.signal.aborted) return
  const { pathname } = new URL(args.request.url)
  args.context.logger.error({ err: error, path: pathname.slice(0, 200) }, 'a route failed')
}
