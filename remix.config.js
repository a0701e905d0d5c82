/**
 * Remix 2 gets no more fixes: single fetch and lazy route discovery stay off, because their wire format
 * and manifest endpoint have open advisories. The rest is what a move to React Router 7 would ask for.
 *
 * @type {import('@remix-run/dev').VitePluginConfig}
 */
export default {
  future: {
    v3_fetcherPersist: true,
    v3_relativeSplatPath: true,
    v3_throwAbortReason: true,
    v3_singleFetch: false,
    v3_lazyRouteDiscovery: false,
  },
}
