/** What a component shows of an address of the API: once, or again and again. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { getJson } from "./api.ts";

export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "done"; readonly data: T }
  | { readonly state: "failed"; readonly error: Error; readonly retry: () => void };

const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** The newest answers, so that a page that was just left is there again at once. */
const known = new Map<string, unknown>();
const MOST_KNOWN = 100;

const remember = (path: string, data: unknown): void => {
  known.delete(path);
  known.set(path, data);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
};

interface Answer<T> {
  readonly path: string;
  readonly data?: T;
  readonly error?: Error;
}

type Load<T> = (path: string, signal: AbortSignal) => Promise<T>;

/** Shows what is known at once and asks again behind it; nothing is known of what is not kept. */
export const useLoaded = <T>(path: string, load: Load<T> = getJson, isKept = true): Loaded<T> => {
  const [answer, setAnswer] = useState<Answer<T>>();
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  useEffect(() => {
    const controller = new AbortController();
    setAnswer(undefined);
    load(path, controller.signal).then(
      (data) => {
        if (isKept) remember(path, data);
        setAnswer({ path, data });
      },
      (thrown: unknown) => {
        if (!controller.signal.aborted) setAnswer({ path, error: toError(thrown) });
      },
    );
    return () => controller.abort();
  }, [path, attempt]);
  const current = answer?.path === path ? answer : undefined;
  if (current?.error !== undefined) return { state: "failed", error: current.error, retry };
  const data = current === undefined ? known.get(path) : current.data;
  return data === undefined ? { state: "loading" } : { state: "done", data: data as T };
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
