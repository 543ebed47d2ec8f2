/** What a component shows of an address of the API: once, or again and again. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { listen, peek, want } from "./answers.ts";
import { getJson } from "./api.ts";

export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "done"; readonly data: T }
  | { readonly state: "failed"; readonly error: Error; readonly retry: () => void };

interface Answer<T> {
  readonly path: string;
  readonly data?: T;
  readonly error?: Error;
}

const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

type LoadOf<T> = (path: string, signal: AbortSignal) => Promise<T>;

/** Of this very component: nobody else sees the answer. */
const useOwn = <T>(path: string, load: LoadOf<T>, attempt: number): Answer<T> | undefined => {
  const [answer, setAnswer] = useState<Answer<T>>();
  useEffect(() => {
    const controller = new AbortController();
    setAnswer(undefined);
    load(path, controller.signal).then(
      (data) => setAnswer({ path, data }),
      (thrown: unknown) => {
        if (!controller.signal.aborted) setAnswer({ path, error: toError(thrown) });
      },
    );
    return () => controller.abort();
  }, [path, attempt]);
  return answer?.path === path ? answer : undefined;
};

/** Of the tab. What is known is better than an error, so a failure behind it is not shown. */
const useShared = <T>(path: string, load: LoadOf<T>, attempt: number): Answer<T> | undefined => {
  const [failure, setFailure] = useState<Answer<T>>();
  const [, setHeard] = useState(0);
  useEffect(() => listen(path, () => setHeard((count) => count + 1)), [path]);
  useEffect(() => {
    let isShown = true;
    setFailure(undefined);
    want(path, load).catch((thrown: unknown) => {
      if (isShown) setFailure({ path, error: toError(thrown) });
    });
    return () => {
      isShown = false;
    };
  }, [path, attempt]);
  const data = peek(path) as T | undefined;
  if (data !== undefined) return { path, data };
  return failure?.path === path ? failure : undefined;
};

/** Shows what is known at once and asks again behind it; nothing is known of what is not kept. */
export const useLoaded = <T>(path: string, load: LoadOf<T> = getJson, isKept = true): Loaded<T> => {
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const answer = (isKept ? useShared : useOwn)(path, load, attempt);
  if (answer?.error !== undefined) return { state: "failed", error: answer.error, retry };
  return answer?.data === undefined ? { state: "loading" } : { state: "done", data: answer.data };
};

export interface Polled<T> {
  readonly data: T | undefined;
  /** When the data were answered, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** Why the newest question was not answered. */
  readonly error: Error | undefined;
}

/** Asks every `everyMs` after the answer before, until `isLast`. Pauses while nobody looks. */
export const usePolled = <T>(
  path: string,
  everyMs: number,
  isLast: (data: T) => boolean = () => false,
): Polled<T> => {
  const [polled, setPolled] = useState<Polled<T> & { readonly path: string }>();
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      timer = setTimeout(look, everyMs);
    };
    const onData = (data: T): void => {
      setPolled({ path, data, at: Date.now(), error: undefined });
      if (!isLast(data)) again();
    };
    const onError = (thrown: unknown): void => {
      if (controller.signal.aborted) return;
      const before = { path, data: undefined, at: undefined };
      const error = toError(thrown);
      setPolled((last) => ({ ...(last?.path === path ? last : before), error }));
      again();
    };
    const look = (): void => {
      if (document.hidden) again();
      else {
        const late = AbortSignal.timeout(Math.max(everyMs * 2, 5_000));
        getJson<T>(path, AbortSignal.any([controller.signal, late])).then(onData, onError);
      }
    };
    look();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs]);
  return polled?.path === path ? polled : { data: undefined, at: undefined, error: undefined };
};
