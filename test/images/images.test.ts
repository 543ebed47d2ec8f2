import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeArchive } from "#infra/images/archive.ts";
import { parseLdd, toImageConfig } from "#infra/images/layers.ts";
import { findPackages, listPackageFiles } from "#infra/images/packages.ts";
import { loaderOf, readPrograms } from "#infra/images/programs.ts";
import { toTar } from "#infra/images/tar.ts";
import { findParts } from "#infra/parts/parts.ts";
import { run } from "#infra/parts/run.ts";

const root = join(import.meta.dirname, "../..");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tagenal-images-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = (path: string, text: string) => ({ path, data: Buffer.from(text) });

describe("an image's tar archive", () => {
  const deep = `app/node_modules/${"package/node_modules/".repeat(6)}index.js`;

  it("is read by tar, with modes, folders and long paths", async () => {
    const archive = join(folder, "layer.tar");
    const program = { ...file("bin/program", "run"), mode: 0o755 };
    await writeFile(archive, toTar([file(deep, "deep"), program], [{ path: "tmp", mode: 0o1777 }]));
    const listed = await run("tar", ["tvf", archive]);
    expect(listed).toMatch(/^-rwxr-xr-x 0\/0 +3 1970-01-01 00:00 bin\/program$/m);
    expect(listed).toMatch(/^drwxrwxrwt 0\/0 +0 1970-01-01 00:00 tmp\/$/m);
    expect(await run("tar", ["xOf", archive, deep])).toBe("deep");
  });

  it("depends on its content alone", () => {
    const [a, b] = [file("a", "1"), file("b", "2")];
    expect(toTar([a, b]).equals(toTar([b, a]))).toBe(true);
  });

  it("refuses a path that it cannot hold", () => {
    expect(() => toTar([file("x".repeat(200), "")])).toThrow("too long");
  });
});

describe("an image", () => {
  it("has the libraries that its program is linked to", () => {
    const output = `
	linux-vdso.so.1 (0x00007ff453ab6000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007ff45353e000)
	/lib64/ld-linux-x86-64.so.2 (0x00007ff453ab8000)
`;
    expect(parseLdd(output)).toEqual([
      "/lib/x86_64-linux-gnu/libc.so.6",
      "/lib64/ld-linux-x86-64.so.2",
    ]);
  });

  it("has a program with the libraries that it is linked to, and a script alone", async () => {
    const script = join(folder, "script");
    await writeFile(script, "#!/bin/sh\n");
    const files = await readPrograms({ "bin/node": process.execPath, "bin/script": script });
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["bin/node", "bin/script"]));
    expect(paths.filter((path) => /(^|\/)(libc\.so|ld-)/.test(path))).toHaveLength(2);
    expect(await readPrograms({ "bin/script": script })).toHaveLength(1);
  });

  it("has no path of this machine in a program that came with its own libraries", async () => {
    const { redisCli } = await findParts();
    const files = await readPrograms({ "bin/redis-cli": redisCli });
    for (const { path } of files) expect(path).toMatch(/^(bin|(usr\/)?lib(64)?)\//);
    const loader = loaderOf(
      files.find(({ path }) => path === "bin/redis-cli")?.data ?? Buffer.of(),
    );
    expect(files.map(({ path }) => `/${path}`)).toContain(loader);
    for (const { path, data, mode } of files) {
      await mkdir(join(folder, "image", dirname(path)), { recursive: true });
      await writeFile(join(folder, "image", path), data, { mode: mode ?? 0o644 });
    }
    const inImage = (path: string): string => join(folder, "image", path);
    const alone = [inImage("bin/redis-cli"), "--version"];
    const libraries = inImage(dirname(loader ?? ""));
    const said = await run(inImage(loader ?? ""), ["--library-path", libraries, ...alone]);
    expect(said).toMatch(/^redis-cli \d/);
  });

  it("has what the framework needs at run time and nothing else", async () => {
    const packages = await findPackages(root, "@google-cloud/functions-framework");
    const names = packages.map((path) => path.split("node_modules/").at(-1));
    expect(names).toEqual(expect.arrayContaining(["express", "cloudevents", "body-parser"]));
    expect(names.filter((name) => name?.startsWith("@types/"))).toEqual([]);
    const framework = packages.find((path) => path.endsWith("functions-framework")) ?? "";
    const files = await listPackageFiles(framework);
    expect(files).toEqual(expect.arrayContaining(["package.json", "build/src/main.js"]));
    expect(files.filter((path) => /\.d\.ts$|\.map$/.test(path))).toEqual([]);
  });

  it("starts the same way from the Dockerfile", async () => {
    const { Entrypoint, User, WorkingDir } = toImageConfig("x");
    const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
    expect(dockerfile).toContain(`ENTRYPOINT ${JSON.stringify(Entrypoint).replaceAll(",", ", ")}`);
    expect(dockerfile).toContain(`USER ${User}\n`);
    expect(dockerfile).toContain(`WORKDIR ${WorkingDir}\n`);
  });
});

describe("an archive of images", () => {
  it("holds a shared layer once and names every blob by its digest", async () => {
    const shared = toTar([file("bin/node", "node")]);
    const images = ["one", "two"].map((name) => ({
      reference: `dev.local/${name}:dev`,
      config: toImageConfig(name),
      layers: [shared, toTar([file("app/function/index.mjs", name)])],
    }));
    const archive = join(folder, "images.tar");
    const digests = await writeArchive(archive, images);
    const read = (path: string) => run("tar", ["xOf", archive, path]);
    const index = JSON.parse(await read("index.json")) as { manifests: { digest: string }[] };
    expect(index.manifests.map(({ digest }) => digest)).toEqual([...digests.values()]);
    const blobs = (await run("tar", ["tf", archive])).match(/blobs\/sha256\/\w{64}/g) ?? [];
    // A manifest, a configuration and a layer of each, and the shared layer.
    expect(blobs.length).toBe(7);
    for (const blob of blobs)
      expect(
        createHash("sha256")
          .update(await read(blob))
          .digest("hex"),
      ).toBe(blob.slice(13));
  });
});
