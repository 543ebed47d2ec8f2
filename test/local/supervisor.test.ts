/** Real processes, as small as they come. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createSupervisor,
  type Supervisor,
  type Unit,
  type UnitStatus,
} from "#infra/local/cluster/supervisor.ts";

/** Of a supervisor's looks at a unit that runs. */
const BETWEEN_LOOKS_MS = 5_000;

describe("a unit whose process ends", () => {
  let logs = "";
  let supervisor: Supervisor;
  let seen: UnitStatus[] = [];
  const toUnit = (name: string, script: string, more: Partial<Unit> = {}): Unit => ({
    ...{ name, command: "/bin/sh", args: ["-c", script], isReady: async () => true, ...more },
  });
  const restarted = (name: string) => () =>
    seen.some((one) => one.name === name && one.state === "starting" && one.restarts > 0);

  beforeEach(async () => {
    logs = await mkdtemp(join(tmpdir(), "tagenal-units-"));
    seen = [];
    const onChange = (status: UnitStatus): void => void seen.push(status);
    supervisor = createSupervisor({ logs, account: undefined, onChange });
  });
  afterEach(async () => {
    await Promise.all(supervisor.status().map(({ name }) => supervisor.kill(name)));
    await rm(logs, { recursive: true });
  });

  it("is started again before the next look at it is due", async () => {
    await supervisor.start(toUnit("short", "sleep 0.2"));
    const due = sleep(BETWEEN_LOOKS_MS - 500).then(() => "late");
    const back = expect.poll(restarted("short"), { timeout: 20_000 }).toBe(true);
    expect(await Promise.race([back.then(() => "in time"), due])).toBe("in time");
  });

  it("is stopped without waiting for the next look", async () => {
    await supervisor.start(toUnit("long", "exec sleep 100"));
    const due = sleep(BETWEEN_LOOKS_MS - 500).then(() => "late");
    const stopped = supervisor.stop("long").then(() => "in time");
    expect(await Promise.race([stopped, due])).toBe("in time");
  });

  it("waits longer after a crash, where others are to take over meanwhile", async () => {
    const crashPause = 2_000;
    await supervisor.start(toUnit("crashes", "sleep 0.2; exit 1", { crashPause }));
    await supervisor.start(toUnit("ends", "sleep 0.2", { crashPause }));
    await expect.poll(restarted("ends"), { timeout: 20_000 }).toBe(true);
    expect(restarted("crashes")()).toBe(false);
    await expect.poll(restarted("crashes"), { timeout: 20_000 }).toBe(true);
  });
});
