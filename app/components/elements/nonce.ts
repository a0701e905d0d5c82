import { createContext } from 'react'

/** Nonce of the response's Content-Security-Policy; empty in the browser, which hides nonces from scripts. */
export const Nonce = createContext('')
