/** Lines of a page of source code. */
export const PAGE_LINES = 2_000
