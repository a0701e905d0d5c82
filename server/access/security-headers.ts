import { randomBytes } from 'node:crypto'
import type { Request, RequestHandler } from 'express'

/** Sets `res.locals.nonce` and the headers of every response; routes may override them. */
export function securityHeaders(publicUrl: string | undefined): RequestHandler {
  const overTls = publicUrl?.startsWith('https:') ?? false
  return (req, res, next) => {
    const nonce = randomBytes(16).toString('base64')
    res.locals.nonce = nonce
    res.set({
      'Content-Security-Policy': contentSecurityPolicy(nonce),
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      // Not `no-referrer`, which makes browsers send `Origin: null` with the writes of our own forms.
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'Cache-Control': isData(req) ? 'no-store' : 'private, no-cache',
      ...(overTls && { 'Strict-Transport-Security': 'max-age=15552000' }),
    })
    next()
  }
}

/** Returns true if the answer is for programs, or is what a page loads by itself: neither goes back in history. */
function isData({ path, query }: Request): boolean {
  return (
    /^\/(api|events|metrics|mcp)(\/|$)/i.test(path) || '_data' in query || path.endsWith('.data')
  )
}

/** @param formHost where a form of the page may lead, beside Whence itself. */
export function contentSecurityPolicy(nonce: string, formHost = ''): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    `form-action 'self' ${formHost}`.trim(),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
