/** What the API server and the network say to what is deployed and to what must not be. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TAG } from "./deployment.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";

const root = join(import.meta.dirname, "../..");
const kubernetes = injectKubernetes();
const kubectl = useKubectl(kubernetes);

describe("the API server", () => {
  const overlay = (name: string) => ["-k", join(root, "infra/kubernetes/overlays", name)];
  it.each([
    { name: "every function", args: ["-f", join(root, "knative")] },
    { name: "the functions' namespace", args: ["-k", join(root, "infra/kubernetes/functions")] },
    { name: "the database on a test node", args: overlay("test-node") },
    { name: "the database on a laptop", args: overlay("laptop") },
    { name: "the database in two data centers", args: overlay("two-data-centers") },
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
    {
      who: "tagenal:tablets",
      may: "patch vitessclusters/tagenal -n tagenal-vitess",
      answer: "yes",
    },
    {
      who: "tagenal:tablets",
      may: "delete vitessclusters/tagenal -n tagenal-vitess",
      answer: "no",
    },
    { who: "tagenal:tablets", may: "get secrets -n tagenal-vitess", answer: "no" },
    { who: "tagenal:default", may: "list pods -n tagenal", answer: "no" },
  ])("answers $answer to $who, who wants to $may", async ({ who, may, answer }) => {
    const asked = ["auth", "can-i", ...may.split(" "), `--as=system:serviceaccount:${who}`];
    // "no" is also a failure, as kubectl sees it.
    const said = await kubectl(asked).catch(({ message }: Error) => message);
    expect(said.trim().split("\n").at(-1)).toBe(answer);
  });
});

describe("a function's pod", () => {
  const reach = `const net = require("node:net");
const [host, port] = process.argv.slice(1);
const socket = net.connect({ host, port: Number(port), timeout: 5000 });
const tell = (what) => { console.log(what); process.exit(0); };
socket.on("connect", () => tell("connected")).on("timeout", () => tell("refused")).on("error", () => tell("refused"));`;

  /** From a pod beside the functions, under the same policies. */
  const tryConnection = async (host: string, port: number): Promise<string> => {
    const name = `probe-${port}-${Date.now()}`;
    const secure = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    };
    const container = {
      name: "probe",
      image: `dev.local/query-users:${TAG}`,
      command: ["/usr/local/bin/node", "-e", reach, host, String(port)],
      resources: { requests: { cpu: "10m", memory: "32Mi" } },
      securityContext: secure,
    };
    const metadata = { name, namespace: "tagenal" };
    const spec = { restartPolicy: "Never", containers: [container] };
    await kubectl(
      ["create", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata, spec }),
    );
    try {
      for (let left = 120; left > 0; left -= 1) {
        const said = (await kubectl(["logs", name, "-n", "tagenal"]).catch(() => "")).trim();
        if (said !== "") return said;
        await sleep(500);
      }
      throw new Error(`${name} never ran`);
    } finally {
      await kubectl(["delete", "pod", name, "-n", "tagenal", "--wait=false"]);
    }
  };

  it("reaches vtgate, and no tablet where the network enforces policies", async () => {
    expect(await tryConnection("vtgate-beijing.tagenal-vitess.svc", 3306)).toBe("connected");
    const tablets = ["get", "pods", "-n", "tagenal-vitess", "-o"];
    const first = "jsonpath={.items[0].status.podIP}";
    const ip = await kubectl([...tablets, first, "-l", "planetscale.com/component=vttablet"]);
    const toTablet = await tryConnection(ip, 15_999);
    await record("networkPolicies", { enforced: kubernetes.enforcesPolicies, toTablet });
    expect(toTablet).toBe(kubernetes.enforcesPolicies ? "refused" : "connected");
  });
});
