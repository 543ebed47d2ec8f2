/** Before each file: tests trust whom the functions trust, as NODE_EXTRA_CA_CERTS makes those do. */
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { inject } from "vitest";

setDefaultCACertificates([...getCACertificates("default"), inject("authority")]);
