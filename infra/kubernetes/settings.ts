/**
 * The ConfigMap and the Secret `tagenal` from the settings of a local cluster's functions: pure.
 * Each holds the keys that the manifests take from it, so that nothing else leaves the machine.
 */
import type { WantedKeys } from "./functions.ts";

/** Where the local cluster's servers listen; the functions in the cluster reach them elsewhere. */
const LOCAL_ADDRESS = /127\.0\.0\.1:(\d+)/g;

export type Env = Readonly<Record<string, string>>;

const pick = (env: Env, keys: readonly string[]): Env =>
  Object.fromEntries(
    keys.map((key) => {
      const value = env[key];
      if (value === undefined) throw new Error(`the local cluster has no ${key}`);
      return [key, value];
    }),
  );

/** The ports of the machine that the wanted settings name. */
export const listLocalPorts = (env: Env, { secret, configMap }: WantedKeys): readonly number[] => {
  const values = Object.values(pick(env, [...secret, ...configMap]));
  const ports = values.flatMap((value) =>
    [...value.matchAll(LOCAL_ADDRESS)].map(([, port]) => Number(port)),
  );
  return [...new Set(ports)];
};

const object = (kind: string) => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "tagenal", namespace: "tagenal" },
});

/** With the address at which each local port is reached from the cluster. */
export const toSettings = (
  env: Env,
  { secret, configMap }: WantedKeys,
  addresses: ReadonlyMap<number, string>,
): readonly object[] => {
  const reached = (values: Env): Env =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        value.replaceAll(LOCAL_ADDRESS, (local, port) => addresses.get(Number(port)) ?? local),
      ]),
    );
  return [
    { ...object("ConfigMap"), data: reached(pick(env, configMap)) },
    { ...object("Secret"), type: "Opaque", stringData: reached(pick(env, secret)) },
  ];
};
