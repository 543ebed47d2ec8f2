/** What goes over the network goes encrypted, and only to whom the authority's certificate is for. */
import { connect as connectPlainly, type Socket } from "node:net";
import { connect, rootCertificates } from "node:tls";
import { createConnection } from "mysql2/promise";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { createVtctld } from "#shared/vtctld.ts";
import { createVtgate } from "#shared/vtgate.ts";
import { injectKubernetes, useKubectl } from "./kubernetes.ts";
import { record } from "./measure.ts";

const kubectl = useKubectl(injectKubernetes());
const { vtgateUrl } = inject("cluster");
const PATIENCE_MS = 5_000;

interface Pod {
  readonly name: string;
  readonly address: string;
}

const listPods = async (namespace: string, label: string): Promise<readonly Pod[]> => {
  const fields = "{range .items[*]}{.metadata.name} {.status.podIP}{'\\n'}{end}";
  const running = ["-l", label, "--field-selector=status.phase=Running"];
  const found = await kubectl([
    ...["get", "pods", "-n", namespace, ...running, "-o", `jsonpath=${fields}`],
  ]);
  return found
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .map(([name = "", address = ""]) => ({ name, address }));
};

const firstPod = async (namespace: string, label: string): Promise<Pod> => {
  const [pod] = await listPods(namespace, label);
  if (pod === undefined) throw new Error(`no pod ${label}`);
  return pod;
};

/** How one would begin without TLS, and whether that was answered. */
interface Greeting {
  readonly words: string;
  /** What a client says by ALPN that it speaks. */
  readonly protocols: readonly string[];
  readonly isAnswered: (said: string) => boolean;
}

const SETTINGS = 4;
const grpc: Greeting = {
  protocols: ["h2"],
  words: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
  // Each side of HTTP/2 begins with a frame of settings.
  isAnswered: (said) => said.charCodeAt(0) === 0 && said.charCodeAt(3) === SETTINGS,
};
const redis: Greeting = {
  protocols: [],
  words: "PING\r\n",
  isAnswered: (said) => said.includes("PONG"),
};
const http: Greeting = {
  protocols: [],
  words: "GET /healthz HTTP/1.1\r\nHost: any\r\n\r\n",
  isAnswered: (said) => said.startsWith("HTTP/1.1 200"),
};

/** What a server says to words without TLS, until it ends or has said nothing for a while. */
const sayPlainly = (host: string, port: number, words: string): Promise<string> =>
  new Promise((resolve) => {
    let said = "";
    const socket = connectPlainly({ host, port, timeout: PATIENCE_MS }, () => socket.write(words));
    const end = (): void => {
      socket.destroy();
      resolve(said);
    };
    socket.on("data", (data) => {
      said += data.toString("latin1");
    });
    socket.on("error", end).on("end", end).on("timeout", end);
  });

interface Handshake {
  readonly servername: string;
  readonly greeting: Greeting;
  /** Instead of the authority that tests trust. */
  readonly ca?: readonly string[];
}

/** "trusted", or why not. */
const shakeHands = (
  host: string,
  port: number,
  { servername, greeting, ca }: Handshake,
): Promise<string> =>
  new Promise((resolve) => {
    const trusted = ca === undefined ? {} : { ca: [...ca] };
    const { protocols } = greeting;
    const options = { host, port, servername, ...trusted, ALPNProtocols: [...protocols] };
    const socket: Socket = connect(options, () => end("trusted"));
    const end = (outcome: string): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(PATIENCE_MS, () => end("nothing said"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });

describe.each([
  {
    ...{ server: "vtctld", namespace: "tagenal-vitess", label: "planetscale.com/component=vtctld" },
    ...{ port: 15_999, name: "vtctld.tagenal-vitess.svc.cluster.local", greeting: grpc },
  },
  {
    ...{ server: "a tablet", namespace: "tagenal-vitess", greeting: grpc },
    ...{ label: "planetscale.com/component=vttablet", port: 15_999, name: "vttablet" },
  },
  {
    ...{ server: "Redis", namespace: "tagenal-data", label: "app=redis", greeting: redis },
    ...{ port: 6379, name: "redis-0.redis.tagenal-data.svc.cluster.local" },
  },
  {
    ...{ server: "the object store", namespace: "tagenal-data", label: "app=object-store" },
    ...{ port: 7070, name: "object-store.tagenal-data.svc.cluster.local", greeting: http },
  },
])("$server", ({ namespace, label, port, name, greeting }) => {
  let host = "";
  beforeAll(async () => {
    host = (await firstPod(namespace, label)).address;
  });

  it("has a certificate for its name, by the authority", async () => {
    expect(await shakeHands(host, port, { servername: name, greeting })).toBe("trusted");
    const asked = await shakeHands(host, port, { servername: "elsewhere.example", greeting });
    expect(asked).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("is a stranger to whoever does not know the authority", async () => {
    const stranger = { servername: name, greeting, ca: rootCertificates };
    const outcome = await shakeHands(host, port, stranger);
    expect(outcome).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/);
  });

  it("does nothing for whoever speaks without TLS", async () => {
    expect(greeting.isAnswered(await sayPlainly(host, port, greeting.words))).toBe(false);
  });
});

describe("vtctld", () => {
  it("answers no gRPC without TLS", async () => {
    const label = "planetscale.com/component=vtctld";
    const { address } = await firstPod("tagenal-vitess", label);
    const asked = createVtctld(`${address}:15999`).tablets();
    await expect(asked).rejects.toThrow("vtctld did not do GetTablets");
  });
});

describe("vtgate", () => {
  it("serves by TLS, and refuses the same user without it", async () => {
    const { global, close } = createVtgate(vtgateUrl, { connections: 1 });
    expect(await global.query("select 1 as one")).toEqual([{ one: 1 }]);
    await close();
    const plain = new URL(vtgateUrl);
    plain.search = "";
    const refused = createConnection({ uri: plain.href, connectTimeout: PATIENCE_MS });
    await expect(refused).rejects.toThrow(/insecure connections/);
  });
});

describe("a tablet's MySQL", () => {
  const connectAsReplica = async (ssl: object | undefined) => {
    const label = "planetscale.com/component=vttablet";
    const { address } = await firstPod("tagenal-vitess", label);
    const secure = ssl === undefined ? {} : { ssl };
    return createConnection({ host: address, user: "vt_repl", ...secure });
  };

  it("lets a replica in by TLS alone", async () => {
    const connection = await connectAsReplica({});
    await connection.end();
    await expect(connectAsReplica(undefined)).rejects.toThrow(/insecure transport/i);
  });

  it("sends every replica of every shard what it has encrypted", async () => {
    const vtctld = await firstPod("tagenal-vitess", "planetscale.com/component=vtctld");
    const ask = (...args: readonly string[]): Promise<string> => {
      const secure = [
        ...["--server", "localhost:15999", "--vtctld-grpc-ca", "/vt/tls/ca.crt"],
        ...["--vtctld-grpc-server-name", "vtctld.tagenal-vitess.svc.cluster.local"],
      ];
      const exec = ["exec", "-n", "tagenal-vitess", vtctld.name, "--", "vtctldclient", ...secure];
      return kubectl([...exec, ...args]);
    };
    const tablets = JSON.parse(await ask("GetTablets", "--format", "json")) as {
      alias: { cell: string; uid: number };
      type: number | string;
    }[];
    const primaries = tablets.filter(({ type }) => type === 1 || type === "PRIMARY");
    expect(primaries).toHaveLength(3);
    const sql = `select s.variable_value as cipher from performance_schema.threads t
      join performance_schema.status_by_thread s using (thread_id)
      where t.processlist_command like 'Binlog Dump%' and s.variable_name = 'Ssl_cipher'
      and t.processlist_user = 'vt_repl'`;
    const ciphers: string[] = [];
    for (const { alias } of primaries) {
      const name = `${alias.cell}-${String(alias.uid).padStart(10, "0")}`;
      const said = await ask("ExecuteFetchAsDBA", "--json", name, sql);
      ciphers.push(...(said.match(/TLS_\w+/g) ?? []));
    }
    await record("replicationCiphers", { ciphers });
    expect(ciphers).toHaveLength(tablets.length - primaries.length);
  });
});
