/** A stop watch. Pure but for the clock that it is given. */

/** Counts the time in which it is looked at; `now` in milliseconds. */
export const createWatch = (now: () => number) => {
  let watched = 0;
  let since: number | undefined = now();
  return {
    pause: (): void => {
      if (since !== undefined) watched += now() - since;
      since = undefined;
    },
    resume: (): void => {
      since ??= now();
    },
    /** Whole seconds so far. */
    seconds: (): number =>
      Math.round((watched + (since === undefined ? 0 : now() - since)) / 1_000),
    restart: (): void => {
      watched = 0;
      since = since === undefined ? undefined : now();
    },
  };
};
