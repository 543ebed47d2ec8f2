/** Images of programs of this machine. */
import { type LayerContent, toAccounts, USER } from "./layers.ts";
import { readPrograms } from "./programs.ts";
import type { TarFile } from "./tar.ts";

export interface ImageContent {
  readonly name: string;
  readonly config: object;
  readonly layers: readonly LayerContent[];
}

export const accounts = (id: number): readonly TarFile[] => toAccounts("server", id);
export const temporary = [{ path: "tmp", mode: 0o1777 }];

/** One or a few programs, and nothing else. */
export const programImage = async (
  name: string,
  programs: Readonly<Record<string, string>>,
  user = USER,
): Promise<ImageContent> => ({
  name,
  config: { User: String(user), Env: ["PATH=/usr/local/bin"] },
  layers: [{ files: [...accounts(user), ...(await readPrograms(programs))], folders: temporary }],
});
