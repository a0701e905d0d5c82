/**
 * How tests start a program of ours. PGlite's code is not optimised there: few of these processes
 * live until that pays.
 */
export const NODE_FLAGS = ['--liftoff-only', '--import', 'tsx']
