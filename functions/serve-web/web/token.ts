/** The token, kept for as long as the tab is open, and what it is for, as far as it says so. */
import { useEffect, useState } from "preact/hooks";
import { ApiProblem, postJson } from "./api.ts";

const KEY = "tagenal-token";
const listeners = new Set<() => void>();

export const currentToken = (): string => sessionStorage.getItem(KEY) ?? "";

const listen = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

export const keepToken = (token: string): void => {
  if (token === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
  for (const listener of listeners) listener();
};

/** Empty where there is none. */
export const useToken = (): string => {
  const [token, setToken] = useState(currentToken);
  useEffect(() => listen(() => setToken(currentToken())), []);
  return token;
};

interface Claims {
  readonly scope?: string;
  /** Of a reader's token: for whom it is. */
  readonly uid?: number;
}

/** What a JWT says of itself, for hints: whether that is so is for the API to say. */
const claimsOf = (token: string): Claims => {
  const [, claims = ""] = token.split(".");
  try {
    return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) as Claims;
  } catch {
    return {};
  }
};

const isFor = (token: string, scope: string): boolean =>
  (claimsOf(token).scope ?? scope).split(" ").includes(scope);

/** The only user for whom a token is; undefined where it is for all of them. */
export const toOnlyUser = (token: string): number | undefined =>
  isFor(token, "write") ? undefined : claimsOf(token).uid;

/** Empty where there is none that may operate: a reader's is for her reads alone. */
export const useOperator = (): string => {
  const token = useToken();
  return isFor(token, "operate") ? token : "";
};

/** Asks for a plan that changes nothing, because only that tells whether a token is the right one. */
export const isToken = async (token: string): Promise<boolean> => {
  const question = { kind: "rank", granularity: "daily", date: "1970-01-01" };
  try {
    await postJson("/v1/operations?dryRun=true", question, token);
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return false;
    throw error;
  }
};
