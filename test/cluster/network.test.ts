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

/** Long enough to be learned of by what enforces policies, which lets a pod out only then. */
const PATIENCE_MS = 150_000;

describe("a function's pod", () => {
  /** Tries the first address until it is reached, then the second one once. */
  const reach = `const net = require("node:net");
const [allowed, other] = process.argv.slice(1).map((address) => address.split(" "));
const connect = ([host, port]) => new Promise((resolve) => {
  const socket = net.connect({ host, port: Number(port), timeout: 5000 });
  const end = (what) => () => { socket.destroy(); resolve(what); };
  socket.on("connect", end("connected")).on("timeout", end("refused")).on("error", end("refused"));
});
(async () => {
  let found = "refused";
  for (const end = Date.now() + ${PATIENCE_MS}; found === "refused" && Date.now() < end;) {
    found = await connect(allowed);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  console.log(found + " " + (await connect(other)));
})();`;

  /** From one pod beside the functions, under the same policies: what became of each, in order. */
  const tryConnections = async (allowed: string, other: string): Promise<string> => {
    const name = `probe-${Date.now()}`;
    const secure = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    };
    const container = {
      name: "probe",
      image: `dev.local/query-users:${TAG}`,
      command: ["/usr/local/bin/node", "-e", reach, allowed, other],
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
      for (const end = Date.now() + 2 * PATIENCE_MS; Date.now() < end; await sleep(500)) {
        const said = (await kubectl(["logs", name, "-n", "tagenal"]).catch(() => "")).trim();
        if (said !== "") return said;
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
    const vtgate = "vtgate-beijing.tagenal-vitess.svc 3306";
    await withAgent(async () => {
      const tryBoth = () => tryConnections(vtgate, `${tablet} 15999`);
      const enforced = { timeout: 2 * PATIENCE_MS, interval: 1_000 };
      await expect.poll(tryBoth, enforced).toBe(`connected ${expected}`);
      // One asks vtgate, the other the Kubernetes API, vtctld and each tablet besides. A function that
      // wakes for it is a new pod, too.
      for (const path of ["/v1/users?region=Beijing&limit=1", "/v1/tablets"])
        await expect.poll(() => statusOf(path), { timeout: 120_000, interval: 1_000 }).toBe(200);
    });
    await record("networkPolicies", { enforced: isEnforced, toTablet: expected });
  }, 900_000);
});
