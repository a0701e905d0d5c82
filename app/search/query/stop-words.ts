/** Words without meaning of their own. */
const STOP_WORDS = new Set(
  `a about above after again against all also am an and any are aren't as at be because been before being
   below between both but by can cannot cant could couldnt did didnt do does doesnt doing dont down during
   each few for from further had hadnt has hasnt have havent having he hed hell her here heres hers herself
   hes him himself his how hows i id if ill im in into is isnt it its itself ive just let lets me more most
   my myself no nor not of off on once only or other ought our ours ourselves out over own same she should
   shouldnt so some such than that thats the their theirs them themselves then there theres these they
   theyd theyll theyre theyve this those through to too under until up very was wasnt we wed well were
   werent weve what whats when where which while who whom why will with wont would wouldnt you youd youll
   your youre yours yourself yourselves youve http https www com`
    .split(/\s+/)
    .filter(Boolean),
)

/** @param word in lower case, without apostrophes. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word)
}
