/** What the network lets a function's pod reach. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, it } from "vitest";
import { TAG } from "./deployment.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";

const kubernetes = injectKubernetes();
const kubectl = useKubectl(kubernetes);
const { url } = inject("cluster");

/** Ends what makes the network keep to policies before anything else is tried. */
const withAgent = async (work: () => Promise<void>): Promise<void> => {
  const { policyAgent } = kubernetes;
  if (policyAgent === "") return work();
  const agent = spawn("sh", ["-c", `exec ${policyAgent}`], { stdio: "ignore" });
  const ended = once(agent, "exit");
  try {
    await work();
  } finally {
    agent.kill("SIGTERM");
    await ended;
  }
};

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

  /** Undefined where nothing was answered for a while. */
  const statusOf = async (path: string): Promise<number | undefined> => {
    const answer = fetch(url + path, { signal: AbortSignal.timeout(20_000) });
    return (await answer.catch(() => undefined))?.status;
  };

  const findTablet = (): Promise<string> => {
    const labels = ["-l", "planetscale.com/component=vttablet"];
    const first = ["-o", "jsonpath={.items[0].status.podIP}"];
    return kubectl(["get", "pods", "-n", "tagenal-vitess", ...labels, ...first]);
  };

  it("reaches vtgate, and no tablet where the network enforces policies", async () => {
    const tablet = await findTablet();
    const isEnforced = kubernetes.enforcesPolicies || kubernetes.policyAgent !== "";
    const expected = isEnforced ? "refused" : "connected";
    await withAgent(async () => {
      const toTablet = () => tryConnection(tablet, 15_999);
      await expect.poll(toTablet, { timeout: 120_000, interval: 1_000 }).toBe(expected);
      // What enforces policies has to learn of each pod first, and lets none of them out until then.
      const toVtgate = () => tryConnection("vtgate-beijing.tagenal-vitess.svc", 3306);
      await expect.poll(toVtgate, { timeout: 120_000, interval: 1_000 }).toBe("connected");
      expect(await toTablet()).toBe(expected);
      // One asks vtgate, the other the Kubernetes API, vtctld and each tablet besides. A function that
      // wakes for it is a new pod, too.
      for (const path of ["/v1/users?region=Beijing&limit=1", "/v1/tablets"])
        await expect.poll(() => statusOf(path), { timeout: 120_000, interval: 1_000 }).toBe(200);
    });
    await record("networkPolicies", { enforced: isEnforced, toTablet: expected });
  }, 600_000);
});
