/** What the API server says to what is deployed and to what must not be. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toList } from "#infra/kubernetes/kubectl.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";

const root = join(import.meta.dirname, "../..");
const kubectl = useKubectl(injectKubernetes());
const cluster = "vitessclusters/tagenal -n tagenal-vitess";

/** A dry run makes none, and takes nothing that lies in one that is not there. */
const namespaces = [
  "tracing/301_namespace",
  "entry/401_namespace",
  "monitoring-servers/501_namespace",
];

beforeAll(async () => {
  const files = namespaces.flatMap((name) => [
    "-f",
    join(root, "infra/kubernetes", `${name}.yaml`),
  ]);
  await kubectl(["apply", "--server-side", "--field-manager=tagenal", ...files]);
});

describe("the API server", () => {
  const overlay = (name: string) => ["-k", join(root, "infra/kubernetes/overlays", name)];
  it.each([
    { name: "every function", args: ["-f", join(root, "knative")] },
    { name: "the functions' namespace", args: ["-k", join(root, "infra/kubernetes/functions")] },
    { name: "the database on a test node", args: overlay("test-node") },
    { name: "the database on a laptop", args: overlay("laptop") },
    { name: "the database in two data centers", args: overlay("two-data-centers") },
    { name: "monitoring", args: ["-k", join(root, "infra/kubernetes/monitoring-servers")] },
    { name: "the entry", args: ["-k", join(root, "infra/kubernetes/entry")] },
    { name: "the entry on a test node", args: overlay("test-node/entry") },
    { name: "monitoring on a test node", args: overlay("test-node/monitoring") },
    { name: "tracing on a test node", args: overlay("test-node/tracing") },
    { name: "tracing", args: ["-k", join(root, "infra/kubernetes/tracing")] },
    {
      name: "tracing that lasts",
      args: ["-k", join(root, "infra/kubernetes/tracing-elasticsearch")],
    },
  ])("takes the manifests of $name", async ({ args }) => {
    // A Job's image cannot be changed, and what is deployed has another.
    const job = ["delete", "job", "prepare-database", "-n", "tagenal-data", "--ignore-not-found"];
    await kubectl(job);
    // Forced, because kn has deployed the same Services with another image.
    const dryRun = ["apply", "--dry-run=server", "--server-side", "--force-conflicts"];
    expect(await kubectl([...dryRun, ...args])).toMatch(/\(server dry run\)/);
  });

  it.each(["tagenal", "tagenal-data"])(
    "refuses a pod in %s that could harm its node",
    async (to) => {
      const container = { name: "root", image: "any", securityContext: { runAsUser: 0 } };
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "violating", namespace: to },
        spec: { containers: [container] },
      };
      const creation = kubectl(["create", "-f", "-"], JSON.stringify(pod));
      await expect(creation).rejects.toThrow(/violates PodSecurity "restricted/);
    },
  );

  it.each([
    { who: "tagenal-vitess:vitess-operator", may: "delete pods -n tagenal-vitess", answer: "yes" },
    { who: "tagenal-vitess:vitess-operator", may: "delete pods -n tagenal", answer: "no" },
    { who: "tagenal-vitess:vitess-operator", may: "get secrets -n tagenal", answer: "no" },
    { who: "tagenal:see-tablets", may: `get ${cluster}`, answer: "yes" },
    { who: "tagenal:see-tablets", may: `patch ${cluster}`, answer: "no" },
    { who: "tagenal:change-tablets", may: `patch ${cluster}`, answer: "yes" },
    { who: "tagenal:change-tablets", may: `delete ${cluster}`, answer: "no" },
    { who: "tagenal:change-tablets", may: "delete pods -n tagenal-vitess", answer: "no" },
    { who: "tagenal:empty-tablets", may: "delete pods -n tagenal-vitess", answer: "yes" },
    { who: "tagenal:empty-tablets", may: "delete pods -n tagenal-data", answer: "no" },
    { who: "tagenal:empty-tablets", may: "get secrets -n tagenal-vitess", answer: "no" },
    { who: "tagenal:default", may: "list pods -n tagenal", answer: "no" },
  ])("answers $answer to $who, who wants to $may", async ({ who, may, answer }) => {
    const asked = ["auth", "can-i", ...may.split(" "), `--as=system:serviceaccount:${who}`];
    // "no" is also a failure, as kubectl sees it.
    const said = await kubectl(asked).catch(({ message }: Error) => message);
    expect(said.trim().split("\n").at(-1)).toBe(answer);
  });

  describe("lets a function delete", () => {
    const toPod = (component: string) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `of-${component}`,
        namespace: "tagenal-vitess",
        labels: { "planetscale.com/component": component },
      },
      // On no node: it is there, and never runs.
      spec: {
        nodeSelector: { "tagenal.dev/none": "" },
        containers: [{ name: "any", image: "any" }],
      },
    });
    const pods = ["vttablet", "etcd"].map(toPod);
    beforeAll(() => kubectl(["create", "-f", "-"], toList(pods)));
    afterAll(() => kubectl(["delete", "--now", "-f", "-"], toList(pods)));
    const asFunction = (component: string): Promise<string> => {
      const who = "--as=system:serviceaccount:tagenal:empty-tablets";
      const what = ["pod", `of-${component}`, "-n", "tagenal-vitess"];
      return kubectl(["delete", ...what, who, "--dry-run=server"]);
    };

    it("a tablet's pod, and no other", async () => {
      // It takes a moment until a policy is looked at.
      const refusal = () => asFunction("etcd").catch(({ message }: Error) => message);
      const words = "functions may delete nothing here but tablets";
      await expect.poll(refusal, { timeout: 30_000, interval: 500 }).toContain(words);
      expect(await asFunction("vttablet")).toContain("deleted");
    });
  });
});
