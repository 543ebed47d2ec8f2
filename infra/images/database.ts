/**
 * `npm run images -- --database`: the images of what the functions stand on, from the programs that
 * `up` runs. For clusters without a registry; others take the official images.
 *
 * The Vitess operator and Traefik are not to be had as Go modules: VITESS_OPERATOR and TRAEFIK name
 * the programs, built from checkouts of planetscale/vitess-operator and traefik/traefik.
 */
import { join } from "node:path";
import { build } from "esbuild";
import { exists } from "#infra/parts/cache.ts";
import { goPrograms } from "#infra/parts/go-programs.ts";
import { findParts, type Parts } from "#infra/parts/parts.ts";
import { readNodeLayer, USER } from "./layers.ts";
import { accounts, type ImageContent, programImage, temporary } from "./program-image.ts";
import { readFolder, readPrograms } from "./programs.ts";
import type { TarFile } from "./tar.ts";

const root = join(import.meta.dirname, "../..");
/** The user that the Vitess operator runs its pods as. */
const VITESS_USER = 999;

/** What the operator's containers call in the image besides Vitess. */
const shellTools = ["bash", "sh", "cat", "cp", "find", "ln", "ls", "mkdir", "rm", "sed", "sleep"];
const plugins = [
  "component_reference_cache.so",
  "mysql_clone.so",
  "semisync_replica.so",
  "semisync_source.so",
];

const readMysql = async ({ mysqlRoot }: Parts): Promise<readonly TarFile[]> => {
  const inSbin = await exists(join(mysqlRoot, "sbin/mysqld"));
  const pluginFolder = join(mysqlRoot, "lib/mysql/plugin");
  return [
    ...(await readPrograms({
      "usr/sbin/mysqld": join(mysqlRoot, inSbin ? "sbin/mysqld" : "bin/mysqld"),
      "usr/bin/mysqladmin": join(mysqlRoot, "bin/mysqladmin"),
    })),
    ...(await readPrograms(
      Object.fromEntries(
        plugins.map((name) => [`usr/lib/mysql/plugin/${name}`, join(pluginFolder, name)]),
      ),
    )),
    ...(await readFolder(join(mysqlRoot, "share/mysql"), "usr/share/mysql")),
  ];
};

const vitessImage = async (parts: Parts): Promise<ImageContent> => {
  const names = ["mysqlctld", "vtctld", "vtctldclient", "vtgate", "vtorc", "vttablet"];
  const programs = names.map((name) => [`vt/bin/${name}`, join(parts.vitess, name)]);
  // The operator adds one to each tablet.
  const exporter = [
    "bin/mysqld_exporter",
    join(await goPrograms("mysqld-exporter"), "mysqld_exporter"),
  ];
  const tools = shellTools.map((name) => [`bin/${name}`, `/bin/${name}`]);
  return {
    name: "vitess",
    config: {
      User: String(VITESS_USER),
      Env: [
        "PATH=/vt/bin:/usr/sbin:/usr/bin:/bin",
        ...["VTROOT=/vt", "VTDATAROOT=/vt/vtdataroot", "VT_MYSQL_ROOT=/usr"],
      ],
    },
    layers: [
      {
        files: [
          ...accounts(VITESS_USER),
          ...(await readPrograms(Object.fromEntries([...tools, exporter]))),
          ...(await readMysql(parts)),
        ],
        folders: temporary,
      },
      { files: await readPrograms(Object.fromEntries(programs)) },
    ],
  };
};

const bundle = async (): Promise<Buffer> => {
  const { outputFiles } = await build({
    entryPoints: [join(root, "infra/database/prepare.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node24",
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
    logLevel: "warning",
  });
  return Buffer.from(outputFiles[0]?.contents ?? []);
};

const prepareImage = async ({ vitess, redisCli }: Parts): Promise<ImageContent> => ({
  name: "prepare-database",
  config: {
    User: `${USER}:${USER}`,
    WorkingDir: "/app",
    Env: [
      "NODE_ENV=production",
      "VTCTLDCLIENT=/usr/local/bin/vtctldclient",
      "REDIS_CLI=/usr/local/bin/redis-cli",
      "SCHEMA_DIR=/app/schema",
    ],
    Entrypoint: ["/usr/local/bin/node", "/app/prepare.mjs"],
  },
  layers: [
    await readNodeLayer(),
    {
      files: [
        ...(await readPrograms({
          "usr/local/bin/vtctldclient": join(vitess, "vtctldclient"),
          "usr/local/bin/redis-cli": redisCli,
        })),
      ],
    },
    {
      files: [
        { path: "app/prepare.mjs", data: await bundle() },
        ...(await readFolder(join(root, "infra/schema"), "app/schema")),
      ],
    },
  ],
});

const fromCheckout = (variable: string, repository: string): string => {
  const path = process.env[variable];
  if (path) return path;
  throw new Error(`${variable}: name the program, built from ${repository}`);
};

const makers: Readonly<Record<string, (parts: Parts) => Promise<ImageContent>>> = {
  vitess: vitessImage,
  "vitess-operator": () =>
    programImage("vitess-operator", {
      "usr/local/bin/vitess-operator": fromCheckout(
        "VITESS_OPERATOR",
        "planetscale/vitess-operator",
      ),
    }),
  etcd: async ({ etcd }) =>
    programImage("etcd", {
      "usr/local/bin/etcd": etcd,
      "usr/local/bin/etcdctl": join(await goPrograms("etcdctl"), "etcdctl"),
    }),
  redis: ({ redisServer, redisCli }) =>
    programImage("redis", {
      "usr/local/bin/redis-server": redisServer,
      "usr/local/bin/redis-cli": redisCli,
    }),
  versitygw: ({ versitygw }) => programImage("versitygw", { "usr/local/bin/versitygw": versitygw }),
  "prepare-database": prepareImage,
  traefik: () =>
    programImage("traefik", {
      "usr/local/bin/traefik": fromCheckout("TRAEFIK", "traefik/traefik"),
    }),
};

export const databaseImages: readonly string[] = Object.keys(makers);

export const readDatabaseImages = async (
  names: readonly string[],
): Promise<readonly ImageContent[]> => {
  const parts = await findParts();
  const images: ImageContent[] = [];
  for (const name of names) {
    const image = await makers[name]?.(parts);
    if (image !== undefined) images.push(image);
  }
  return images;
};
