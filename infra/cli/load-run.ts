/** One load from the caller's side: files and media are sent, the load is asked for and followed. */
import { type Api, patiently } from "./api.ts";
import { follow, hasEnded, keepRejects, type LoadView } from "./load-follow.ts";
import type { Inputs } from "./load-inputs.ts";
import { hasMedia, type MediaSummary, sendMedia } from "./load-media.ts";
import { sayFailure, saySuccess } from "./load-report.ts";
import { prepareStaging, type Staging, sendFiles } from "./load-staging.ts";
import { Remedy } from "./preflight.ts";
import type { ProgressLine } from "./progress-line.ts";
import { count, say, size } from "./say.ts";

export const mediaChoices = ["all", "present", "none"] as const;

/** How to load, whatever it is. */
export interface LoadOptions {
  readonly maxErrors: number;
  readonly onConflict: string;
  /**
   * all: send the files in articles/, and reject what articles name besides; present: send what
   * is there; none: send none.
   */
  readonly media: (typeof mediaChoices)[number];
  readonly verify: "on" | "off";
  readonly pace?: "readers-first" | "full";
  readonly dryRun?: boolean;
}

export interface Loading {
  readonly options: LoadOptions;
  readonly line: ProgressLine;
  /** Where the rejected rows go. */
  readonly rejects: string;
  /** Told once there is an operation that goes on without this program. */
  readonly onFollow?: (id: string) => void;
}

/** A load of the same files that has not ended: to be followed rather than begun again. */
const findRunning = async (
  api: Api,
  source: string,
  { dryRun = false }: LoadOptions,
): Promise<LoadView | undefined> => {
  const { items } = await api.get<{ items: LoadView[] }>("/v1/operations?kind=load&limit=100");
  const isSame = ({ request }: LoadView): boolean =>
    request.source === source && (request.dryRun ?? false) === dryRun;
  return items.find((view) => isSame(view) && !hasEnded(view));
};

const checkOthers = ({ others }: MediaSummary, { onConflict }: LoadOptions): void => {
  if (others.length === 0 || onConflict === "skip") return;
  const shown = others.slice(0, 5).join(", ");
  throw new Remedy(
    `${count(others.length)} media files are there with another content, such as ${shown}. ` +
      "A file keeps its content as long as it has its name: give the new ones other names, or " +
      "pass them over with --on-conflict=skip. No row was loaded.",
  );
};

/** Rows and media at the same time; the load begins when both have arrived. */
const sendAll = async (
  api: Api,
  staging: Staging,
  folders: readonly string[],
  { options, line }: Loading,
): Promise<void> => {
  const sent = { bytes: 0, media: "" };
  const show = (): void => {
    const share = staging.bytes === 0 ? 1 : sent.bytes / staging.bytes;
    line.show(share, `sending ${size(sent.bytes)} of ${size(staging.bytes)}${sent.media}`);
  };
  const [media] = await Promise.all([
    sendMedia(api, folders, (files, bytes) => {
      sent.media = `, ${count(files)} media files (${size(bytes)})`;
      show();
    }),
    sendFiles(api, staging, (done) => {
      sent.bytes = done;
      show();
    }),
  ]);
  line.end();
  if (media.files > 0) {
    const before = media.stored === 0 ? "" : `, ${count(media.stored)} of them were there before`;
    say(`${count(media.files)} media files, ${size(media.bytes)}${before}`);
  }
  checkOthers(media, options);
};

const begin = async (
  api: Api,
  staging: Staging,
  inputs: Inputs,
  loading: Loading,
): Promise<string> => {
  const { media, dryRun = false, ...options } = loading.options;
  const isWithMedia = media !== "none" && !dryRun;
  const folders = isWithMedia && (await hasMedia(inputs.folders)) ? inputs.folders : [];
  await sendAll(api, staging, folders, loading);
  const checkMedia = folders.length > 0 && media === "all";
  const { source } = staging;
  const request = { kind: "load", source, ...options, checkMedia, dryRun };
  const view = await patiently(() => api.post<LoadView>("/v1/operations", request));
  return view.id;
};

/** True when all of it is loaded. */
export const runLoad = async (api: Api, inputs: Inputs, loading: Loading): Promise<boolean> => {
  const { line, rejects, onFollow } = loading;
  const staging = await prepareStaging(inputs.files, (done, total) =>
    line.show(done / total, `checking ${size(done)} of ${size(total)}`),
  );
  const running = await findRunning(api, staging.source, loading.options);
  line.end();
  if (running !== undefined) say("Following the load of these files that is under way.");
  const id = running?.id ?? (await begin(api, staging, inputs, loading));
  onFollow?.(id);
  const view = await follow(api, id, line);
  line.end();
  if (view.result !== null) saySuccess(view.result);
  else sayFailure(view);
  await keepRejects(view, rejects);
  return view.state === "succeeded";
};
