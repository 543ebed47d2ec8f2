/**
 * The only module that reads process.env. Each function asks for the keys it uses; every missing
 * or wrong key is named in one error, so that a bad configuration is mended in one go.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** Turns the raw value of a key into what the program uses; throws an Error that says what is wrong. */
export type EnvKey<T> = (raw: string | undefined) => T;

export type EnvOf<Keys extends Record<string, EnvKey<unknown>>> = {
  readonly [Name in keyof Keys]: ReturnType<Keys[Name]>;
};

const present = (raw: string | undefined): string => {
  if (raw === undefined || raw === "") throw new Error("is missing");
  return raw;
};

export const text: EnvKey<string> = present;

/** A non-negative integer; without a fallback the key is required. */
export const integer =
  (fallback?: number): EnvKey<number> =>
  (raw) => {
    if ((raw === undefined || raw === "") && fallback !== undefined) return fallback;
    const value = present(raw);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
      throw new Error(`is not a whole number: ${value}`);
    return Number(value);
  };

/** A number from 0 to 1. */
export const fraction: EnvKey<number> = (raw) => {
  const value = Number(present(raw));
  if (!(value >= 0 && value <= 1)) throw new Error(`is not a number from 0 to 1: ${raw}`);
  return value;
};

/** An absolute URL; returned as written, because its credentials may be percent-encoded. */
export const url: EnvKey<string> = (raw) => {
  const value = present(raw);
  if (!URL.canParse(value)) throw new Error("is not a URL");
  return value;
};

/** One or more values with commas between them. */
export const list: EnvKey<readonly string[]> = (raw) => {
  const values = present(raw)
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
  if (values.length === 0) throw new Error("is empty");
  return values;
};

export const oneOf =
  <const Value extends string>(...values: readonly Value[]): EnvKey<Value> =>
  (raw) => {
    const value = present(raw);
    const known = values.find((candidate) => candidate === value);
    if (known === undefined) throw new Error(`is ${value}, not one of ${values.join(", ")}`);
    return known;
  };

export const optional =
  <T>(key: EnvKey<T>): EnvKey<T | undefined> =>
  (raw) =>
    raw === undefined || raw === "" ? undefined : key(raw);

/** Of those who sign our servers' certificates. Node itself only warns of a wrong one, in its log. */
const checkAuthorities = (file: string | undefined): readonly string[] => {
  if (file === undefined || file === "") return [];
  try {
    new X509Certificate(readFileSync(file));
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [`NODE_EXTRA_CA_CERTS is not a file of certificates: ${file} (${reason})`];
  }
};

export const readEnv = <Keys extends Record<string, EnvKey<unknown>>>(
  keys: Keys,
  env: Readonly<Record<string, string | undefined>> = process.env,
): EnvOf<Keys> => {
  const faults = [...checkAuthorities(env["NODE_EXTRA_CA_CERTS"])];
  const values: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(keys)) {
    try {
      values[name] = key(env[name]);
    } catch (error) {
      faults.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (faults.length > 0) throw new Error(`environment: ${faults.join("; ")}`);
  return Object.freeze(values) as EnvOf<Keys>;
};
