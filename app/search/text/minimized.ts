/**
 * Selects the node ids of what is minimized on GitHub. Spam and abuse among it have no passages; the rest ranks
 * below other texts.
 */
export const MINIMIZED = `select node_id from comment where is_minimized
       union all select node_id from review where is_minimized
       union all select node_id from review_comment where is_minimized`
