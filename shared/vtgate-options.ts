/**
 * How the driver reaches vtgate, from VTGATE_URL: mysql://user:password@host:port. With
 * ?ssl-mode=VERIFY_IDENTITY, or VERIFY_CA where the host is not a name of the certificate, it speaks
 * TLS with a server whose certificate an authority has signed that Node knows (NODE_EXTRA_CA_CERTS).
 */
import type { PoolOptions } from "mysql2/promise";

/** As MySQL calls them; its others do not look at the server's certificate. */
const modes: Readonly<Record<string, { readonly verifyIdentity: boolean }>> = {
  VERIFY_CA: { verifyIdentity: false },
  VERIFY_IDENTITY: { verifyIdentity: true },
};

const toTls = (parameters: URLSearchParams): Pick<PoolOptions, "ssl"> => {
  const unknown = [...parameters.keys()].filter((name) => name !== "ssl-mode");
  if (unknown.length > 0) throw new Error(`VTGATE_URL: knows only ssl-mode, not ${unknown[0]}`);
  const mode = parameters.get("ssl-mode");
  if (mode === null) return {};
  const ssl = modes[mode];
  if (ssl !== undefined) return { ssl: { ...ssl } };
  throw new Error(
    `VTGATE_URL: ssl-mode is ${mode}, not one of ${Object.keys(modes).join(", ")}; plain without it`,
  );
};

export const toPoolOptions = (url: string, connections: number): PoolOptions => {
  const { hostname, port, username, password, searchParams } = new URL(url);
  return {
    host: hostname,
    port: Number(port === "" ? 3306 : port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...toTls(searchParams),
    charset: "utf8mb4",
    supportBigNumbers: true,
    bigNumberStrings: true,
    // Without it a duplicate that `ON DUPLICATE KEY UPDATE` leaves as it is counts as changed.
    flags: ["-FOUND_ROWS"],
    connectTimeout: 5_000,
    connectionLimit: connections,
    maxIdle: connections,
    idleTimeout: 60_000,
    enableKeepAlive: true,
    // The stack of whoever asks, at each statement: a tenth of what a point read costs.
    trace: false,
  };
};
