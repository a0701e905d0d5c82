/**
 * Node options for processes that tests start. They disable optimized compilation of PGlite's code, which few
 * of these processes live long enough to benefit from.
 */
export const NODE_FLAGS = ['--liftoff-only', '--import', 'tsx']
