/**
 * Who reads: a user, for as long as the tab is open. To write takes a token besides: a reader's own,
 * with which the API takes nobody's reads but hers, or an operator's, which is for any user.
 */
import { useEffect, useState } from "preact/hooks";
import { age } from "./answers.ts";
import { ApiProblem, getJson, postJson, readFrom } from "./api.ts";
import type { User } from "./api-types.ts";
import { dataCenters } from "./choices.ts";
import { toUser } from "./questions.ts";
import { texts } from "./texts.ts";
import { keepToken, toOnlyUser, useToken } from "./token.ts";

export type Reader = Pick<User, "uid" | "name" | "region">;

const KEY = "tagenal-reader";
const listeners = new Set<() => void>();

const parse = (text: string | null): Reader | undefined => {
  const { uid, name, region } = JSON.parse(text ?? "{}") as Partial<Reader>;
  const isWhole = typeof uid === "number" && typeof name === "string";
  return isWhole ? { uid, name, region: String(region) } : undefined;
};

const read = (): Reader | undefined => parse(sessionStorage.getItem(KEY));

/** A reader of Hong Kong is served from hongkong, where that has what is asked for. */
const toDataCenter = (reader: Reader | undefined): string => {
  const name = reader?.region.toLowerCase().replaceAll(" ", "");
  return dataCenters.find((known) => known === name) ?? "";
};

readFrom(toDataCenter(read()));

const keep = (reader: Reader | undefined): void => {
  if (reader === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(reader));
  readFrom(toDataCenter(reader));
  age();
  for (const listener of listeners) listener();
};

/** Undefined where nobody is signed in. */
export const useReader = (): Reader | undefined => {
  const [reader, setReader] = useState(read);
  const token = useToken();
  useEffect(() => {
    const listener = (): void => setReader(read());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return token === "" ? undefined : reader;
};

/** Offers a batch without reads: who may write is told that it has to have one. */
const checkToken = async (token: string): Promise<void> => {
  try {
    await postJson("/v1/reads", [], token);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 400) return;
    throw error;
  }
};

/** Throws an ApiProblem: 401 and 403 are about the token, 400, 404 and whatever names it about the uid. */
export const signIn = async (uid: string, token: string): Promise<void> => {
  await checkToken(token);
  const only = toOnlyUser(token);
  if (only !== undefined && only !== Number(uid))
    throw new ApiProblem(403, texts.signIn.otherUser(only), { field: "uid" });
  const { uid: found, name, region } = await getJson<User>(toUser(uid));
  keepToken(token);
  keep({ uid: found, name, region });
};

/** The token goes with the reader. */
export const signOut = (): void => {
  keepToken("");
  keep(undefined);
};
