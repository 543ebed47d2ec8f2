/** The token, kept for as long as the tab is open. */
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
