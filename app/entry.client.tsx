import { RemixBrowser } from '@remix-run/react'
import { StrictMode, startTransition } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { FailedRequest, findFailedRequest } from './components/elements/failed-request.ts'

startTransition(() => {
  hydrateRoot(
    document,
    <StrictMode>
      <FailedRequest.Provider value={findFailedRequest(document)}>
        <RemixBrowser />
      </FailedRequest.Provider>
    </StrictMode>,
  )
})
