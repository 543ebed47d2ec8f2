/** Deployments while requests go on: a new revision, one that never starts, and the way back. */
import { describe, expect, inject, it } from "vitest";
import { readServices } from "#infra/kubernetes/services.ts";
import { findServing } from "#infra/kubernetes/traffic.ts";
import { bringImages, deployFunctions, runOurs, TAG } from "./deployment.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";
import { keepAsking } from "./requests.ts";

const kubernetes = injectKubernetes();
const kubectl = useKubectl(kubernetes);
const { url } = inject("cluster");
const name = "query-users";
const path = `${url}/v1/users?region=Beijing&limit=1`;

const readServing = async (): Promise<string | undefined> => {
  const state = (await readServices(kubectl, "tagenal")).get(name);
  return state && findServing(state);
};
const deploy = (tag: string, timeout = "180", env = {}) =>
  deployFunctions(kubernetes, ["--tag", tag, "--timeout", timeout, name], env);
const rollBack = () => runOurs(kubernetes, "infra/rollback.ts", [name]);

describe("a deployment", () => {
  it("takes over without a failed request, and is taken back without one", async () => {
    await bringImages(kubernetes, ["--tag", "second", name]);
    const first = await readServing();
    const forth = await keepAsking(path, 4, () => deploy("second"));
    const second = await readServing();
    expect(second).not.toBe(first);
    const back = await keepAsking(path, 4, rollBack);
    expect(await readServing()).toBe(first);
    await record("newRevisionAndBack", { forth, back });
    expect({ forth: forth.failed, back: back.failed }).toEqual({ forth: 0, back: 0 });
  }, 300_000);

  it("that never starts is told, and leaves what serves alone", async () => {
    const before = await readServing();
    const outcome = await keepAsking(path, 2, () =>
      expect(deploy("nowhere", "25")).rejects.toThrow(`Service ${name}: `),
    );
    expect(outcome.failed).toBe(0);
    expect(await readServing()).toBe(before);
  }, 120_000);

  it("makes up for one that never started, without kn as well", async () => {
    const said = await deploy(TAG, "180", { KN: "/nowhere" });
    expect(said).toContain("kubectl (kn is not there)");
    expect((await fetch(path)).status).toBe(200);
  }, 240_000);
});
