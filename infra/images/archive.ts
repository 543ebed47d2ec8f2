/**
 * Many images in one OCI archive, in which equal layers lie once. `ctr images import`, `docker
 * load`, `podman load`, `kind load image-archive` and skopeo read it; index.json is the OCI side of
 * it, manifest.json Docker's.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { toTar } from "./tar.ts";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface Image {
  /** Such as dev.local/query-users:dev. */
  readonly reference: string;
  /** How it is started, in the words of OCI's image configuration. */
  readonly config: object;
  /** Tar archives, the lowest first. */
  readonly layers: readonly Buffer[];
}

const oci = (kind: string): string => `application/vnd.oci.image.${kind}`;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const blobPath = ({ digest }: Descriptor): string => `blobs/${digest.replace(":", "/")}`;
const architecture = process.arch === "x64" ? "amd64" : process.arch;

interface Blobs {
  put(kind: string, data: Buffer): Descriptor;
  readonly files: ReadonlyMap<string, Buffer>;
}

const createBlobs = (): Blobs => {
  const files = new Map<string, Buffer>();
  // A shared layer is big: hash it once.
  const digests = new WeakMap<Buffer, string>();
  return {
    files,
    put: (kind, data) => {
      const known = digests.get(data);
      const digest = known ?? `sha256:${createHash("sha256").update(data).digest("hex")}`;
      digests.set(data, digest);
      const descriptor = { mediaType: oci(kind), digest, size: data.length };
      files.set(blobPath(descriptor), data);
      return descriptor;
    },
  };
};

const putImage = (blobs: Blobs, image: Image) => {
  const descriptors = image.layers.map((layer) => blobs.put("layer.v1.tar", layer));
  const config = blobs.put(
    "config.v1+json",
    json({
      architecture,
      os: "linux",
      config: image.config,
      rootfs: { type: "layers", diff_ids: descriptors.map(({ digest }) => digest) },
    }),
  );
  const manifest = blobs.put(
    "manifest.v1+json",
    json({
      schemaVersion: 2,
      mediaType: oci("manifest.v1+json"),
      config,
      layers: descriptors,
    }),
  );
  return { manifest, config, descriptors };
};

/** Resolves with each reference's digest once the file is there as a whole. */
export const writeArchive = async (
  file: string,
  images: readonly Image[],
): Promise<ReadonlyMap<string, string>> => {
  const blobs = createBlobs();
  const put = images.map((image) => ({ image, ...putImage(blobs, image) }));
  const index = {
    schemaVersion: 2,
    mediaType: oci("index.v1+json"),
    manifests: put.map(({ image: { reference }, manifest }) => ({
      ...manifest,
      platform: { os: "linux", architecture },
      annotations: {
        "io.containerd.image.name": reference,
        "org.opencontainers.image.ref.name": reference,
      },
    })),
  };
  const forDocker = put.map(({ image: { reference }, config, descriptors }) => ({
    Config: blobPath(config),
    RepoTags: [reference],
    Layers: descriptors.map(blobPath),
  }));
  const archive = toTar([
    { path: "oci-layout", data: json({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", data: json(index) },
    { path: "manifest.json", data: json(forDocker) },
    ...[...blobs.files].map(([path, data]) => ({ path, data })),
  ]);
  await pipeline([archive], createWriteStream(`${file}.new`));
  await rename(`${file}.new`, file);
  return new Map(put.map(({ image, manifest }) => [image.reference, manifest.digest]));
};
