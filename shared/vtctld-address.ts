/**
 * Where vtctld is, from VTCTLD_ADDRESS: host:port, or https://host:port where it speaks TLS, with a
 * certificate by an authority that Node knows (NODE_EXTRA_CA_CERTS). A cluster's tablets do as it does.
 */
const SECURE = "https://";

export interface VtctldAddress {
  /** host:port */
  readonly target: string;
  readonly isSecure: boolean;
}

export const parseVtctldAddress = (address: string): VtctldAddress => {
  const isSecure = address.startsWith(SECURE);
  const target = isSecure ? address.slice(SECURE.length) : address;
  if (/^[^/\s]+:\d+$/.test(target)) return { target, isSecure };
  throw new Error(`VTCTLD_ADDRESS: ${address} is neither host:port nor https://host:port`);
};
