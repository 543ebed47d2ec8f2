/**
 * Keeps an answer for a while: however many ask, the work is done once in that time. A failure is
 * everybody's who waited for it, and is not kept.
 */
export const createFresh = <T>(work: () => Promise<T>, keepMs: number): (() => Promise<T>) => {
  let kept: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (kept !== undefined && performance.now() - kept.at < keepMs) return kept.answer;
    const answer = work();
    const mine = { at: performance.now(), answer };
    kept = mine;
    answer.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return answer;
  };
};
