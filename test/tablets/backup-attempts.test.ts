import { describe, expect, it } from "vitest";
import { createBackupAttempts } from "#functions/back-up-shard/backup-attempts.ts";
import { Problem } from "#shared/problem.ts";

const refuse = (because: string) => async (): Promise<void> => {
  throw new Problem("unavailable", "vtctld did not do Backup", { because });
};

describe("backups that are asked for", () => {
  it("are under way until they end", async () => {
    let end = (): void => {};
    const attempts = createBackupAttempts(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    const begun = attempts.begin("hongkong-0000000103");
    expect([...attempts.begun()]).toEqual(["hongkong-0000000103"]);
    end();
    await begun;
    expect(attempts.begun().size).toBe(0);
  });

  it("are stuck where the tablet refuses for a minute, and no longer once it does not", async () => {
    const world = { now: 0, backUp: refuse("can't set semi-sync mode") };
    const attempts = createBackupAttempts(
      () => world.backUp(),
      () => world.now,
    );
    await expect(attempts.begin("a")).rejects.toThrow();
    world.now = 59_000;
    await expect(attempts.begin("a")).rejects.toThrow();
    expect(attempts.stuck().size).toBe(0);
    world.now = 60_000;
    expect([...attempts.stuck()]).toEqual(["a"]);
    world.backUp = async () => {};
    await attempts.begin("a");
    expect(attempts.stuck().size).toBe(0);
  });

  it("are not stuck where the tablet is at it for somebody else", async () => {
    const world = { now: 0 };
    const busy = refuse("a backup is already running on tablet: beijing-0000000102");
    const attempts = createBackupAttempts(busy, () => world.now);
    await expect(attempts.begin("a")).rejects.toThrow();
    world.now = 600_000;
    expect(attempts.stuck().size).toBe(0);
  });
});
