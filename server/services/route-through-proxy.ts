import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'

const PROXY = /^https?_proxy$/i

/**
 * Makes every `fetch` of the process go through the proxy of the environment (`HTTPS_PROXY`, `HTTP_PROXY`),
 * except to the hosts in `NO_PROXY`. Node does not do so by itself. Loopback addresses are always direct.
 */
export function routeThroughProxy(environment: Record<string, string | undefined>): void {
  if (!Object.entries(environment).some(([name, value]) => PROXY.test(name) && value)) return
  const { HTTPS_PROXY, HTTP_PROXY, NO_PROXY = '', https_proxy, http_proxy, no_proxy } = environment
  const httpProxy = http_proxy ?? HTTP_PROXY
  const httpsProxy = https_proxy ?? HTTPS_PROXY
  const direct = [no_proxy ?? NO_PROXY, 'localhost', '127.0.0.1', '::1'].filter(Boolean).join(',')
  setGlobalDispatcher(
    new EnvHttpProxyAgent({
      noProxy: direct,
      ...(httpProxy && { httpProxy }),
      ...(httpsProxy && { httpsProxy }),
    }),
  )
}
