/**
 * Writes tar archives that depend on their content alone: entries sorted, no times, no owners, so
 * that the same files make the same bytes, and the same digest, anywhere.
 */
export interface TarFile {
  /** Absolute in the image, without the leading slash. */
  readonly path: string;
  readonly data: Buffer;
  /** 0o644 unless told. */
  readonly mode?: number;
}

/** Folders are entries of their own, for those whose mode is not the usual one. */
export interface TarFolder {
  readonly path: string;
  readonly mode: number;
}

const BLOCK = 512;
const LONGEST_NAME = 100;
const LONGEST_PREFIX = 155;

/** ustar keeps a long path in two fields, divided at a slash. */
const splitPath = (path: string): { readonly name: string; readonly prefix: string } => {
  if (path.length <= LONGEST_NAME) return { name: path, prefix: "" };
  const cut = path.indexOf("/", path.length - LONGEST_NAME - 1);
  if (cut < 0 || cut > LONGEST_PREFIX) throw new Error(`${path} is too long for a tar archive`);
  return { name: path.slice(cut + 1), prefix: path.slice(0, cut) };
};

const octal = (value: number, length: number): string =>
  `${value.toString(8).padStart(length - 1, "0")}\0`;

const toHeader = (path: string, mode: number, size: number, type: "0" | "5"): Buffer => {
  const header = Buffer.alloc(BLOCK);
  const { name, prefix } = splitPath(path);
  header.write(name, 0);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  // The checksum counts its own field as blanks.
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write("ustar\0", 257);
  header.write("00", 263);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
};

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

const parentsOf = (path: string): readonly string[] =>
  path
    .split("/")
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join("/"));

const byPath = ({ path: a }: { path: string }, { path: b }: { path: string }): number =>
  a < b ? -1 : 1;

/** A whole archive, its parents' folders included. */
export const toTar = (files: readonly TarFile[], folders: readonly TarFolder[] = []): Buffer => {
  const modes = new Map(files.flatMap(({ path }) => parentsOf(path).map((dir) => [dir, 0o755])));
  for (const { path, mode } of folders) modes.set(path, mode);
  const parts: Buffer[] = [];
  for (const [path, mode] of [...modes].sort(([a], [b]) => (a < b ? -1 : 1)))
    parts.push(toHeader(`${path}/`, mode, 0, "5"));
  for (const { path, data, mode = 0o644 } of [...files].sort(byPath))
    parts.push(toHeader(path, mode, data.length, "0"), data, padding(data.length));
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
};
