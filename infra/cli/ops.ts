/** `tagenal ops`: operations that run or have run, and what to do about one. */
import { type Command, Option } from "commander";
import { type Api, findApi } from "./api.ts";
import { Remedy } from "./preflight.ts";
import { say } from "./say.ts";
import { toTable } from "./table.ts";

interface OperationView {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly createdAt: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly progress: { readonly phase?: string };
  readonly problem: { readonly detail?: string } | null;
}

const about = ({ request }: OperationView): string =>
  ["tablet", "shard", "dataCenter", "to", "source"]
    .flatMap((name) => (request[name] === undefined ? [] : [String(request[name])]))
    .join(" ");

const list = async (api: Api): Promise<void> => {
  const { items } = await api.get<{ items: OperationView[] }>("/v1/operations?limit=20");
  if (items.length === 0) {
    say("There has been no operation yet.");
    return;
  }
  const rows = items.map((item) => [
    ...[item.id, item.createdAt.slice(0, 19), item.kind, item.state, about(item)],
    item.problem?.detail ?? (item.state === "running" ? (item.progress.phase ?? "") : ""),
  ]);
  for (const line of toTable([["operation", "asked at", "kind", "state", "about", ""], ...rows]))
    say(line);
};

const control = async (api: Api, verb: string, id: string, body: object): Promise<void> => {
  if (!/^[0-9a-f-]{36}$/.test(id)) throw new Remedy(`${id} is not the id of an operation.`);
  const { state, progress } = await api.post<OperationView>(`/v1/operations/${id}/${verb}`, body);
  const phase = progress.phase === "removing" ? ", removing what was loaded" : "";
  say(`The operation is ${state}${phase}.`);
};

const URL_OPTION = ["--url <url>", "where Tagenal serves (default: TAGENAL_URL, or the local one)"];

interface Flags {
  readonly url?: string;
  readonly loaded?: string;
}

export const registerOps = (program: Command): void => {
  const [flag = "", description = ""] = URL_OPTION;
  const ops = program
    .command("ops")
    .description("operations: list, pause, resume, cancel or undo them");
  ops
    .command("list", { isDefault: true })
    .description("the newest operations")
    .option(flag, description)
    .action(async ({ url }: Flags) => list(await findApi(url)));
  for (const verb of ["pause", "resume", "undo"])
    ops
      .command(verb)
      .argument("<id>", "of the operation")
      .option(flag, description)
      .action(async (id: string, { url }: Flags) => control(await findApi(url), verb, id, {}));
  ops
    .command("cancel")
    .argument("<id>", "of the operation")
    .addOption(
      new Option("--loaded <what>", "what becomes of the rows that a load has loaded so far")
        .choices(["keep", "remove"])
        .default("keep"),
    )
    .option(flag, description)
    .action(async (id: string, { url, loaded }: Flags) =>
      control(await findApi(url), "cancel", id, { loaded }),
    );
};
