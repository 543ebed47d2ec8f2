/** What the network lets a function's pod reach. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TAG } from "./deployment.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";

const kubernetes = injectKubernetes();
const kubectl = useKubectl(kubernetes);

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
