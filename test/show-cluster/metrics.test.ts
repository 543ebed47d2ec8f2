import { describe, expect, it } from "vitest";
import { toMetrics } from "#functions/show-cluster/metrics.ts";
import { toHappening } from "#functions/show-cluster/show-history.ts";
import { toItems } from "#functions/show-cluster/tablet-items.ts";
import type { Operation } from "#shared/operation-rows.ts";
import { primary, tablet, toView } from "../tablets/views.ts";

const operation = (more: Partial<Operation>): Operation => ({
  ...{ id: "o1", serial: 1, kind: "promotion", state: "succeeded", askedBy: "vtorc: it died" },
  ...{ request: { shard: "tagenal/-80" }, progress: {}, result: null, problem: null },
  ...{ createdAt: 1_000, updatedAt: 2_000 },
  ...more,
});

describe("the metrics of the cluster", () => {
  const view = toView([primary("beijing-101"), tablet("beijing-102", { lag: 3 })]);
  const backups = new Map([["tagenal/-80", 5_000]]);
  const tablets = toItems(view, { figures: new Map(), states: new Map(), backups });
  const text = toMetrics(
    {
      tablets,
      placement: { tables: [], unanswered: [] },
      media: { objects: 7, bytes: 70, at: 0 },
      deadLetters: { count: 2, newest: 4_000 },
      unmoved: [{ kind: "load", since: 1_000 }],
      happenings: [
        toHappening(
          operation({
            result: { shard: "tagenal/-80", from: "beijing-101", to: 'beijing-"102"' },
          }),
        ),
      ],
    },
    10_000,
  );

  it.each([
    'tagenal_tablet_info{tablet="beijing-101",keyspace="tagenal",shard="-80",data_center="beijing",role="primary",state="serving"} 1',
    'tagenal_tablet_lag_seconds{tablet="beijing-102",keyspace="tagenal",shard="-80",data_center="beijing"} 3',
    'tagenal_shard_backup_timestamp_seconds{keyspace="tagenal",shard="-80"} 5',
    "tagenal_media_bytes 70",
    "tagenal_dead_letters 2",
    'tagenal_operation_unmoved_seconds{kind="load"} 9',
    "tagenal_dead_letters_newest_seconds 6",
    'says="beijing-\\"102\\" became primary of tagenal/-80 in place of beijing-101",operation="o1"} 2000',
  ])("tell %s", (line) => {
    expect(text).toContain(line);
  });

  it("have no sample of what is not known", () => {
    expect(text).not.toMatch(/^tagenal_tablet_memory_bytes\{/m);
    expect(text).not.toMatch(/^tagenal_tablet_lag_seconds\{tablet="beijing-101"/m);
  });
});

describe("the history", () => {
  it("says who did what, and what came of it", () => {
    const joined = toHappening(
      operation({
        ...{ kind: "join-tablet", askedBy: "token", result: { tablet: "hongkong-104" } },
        request: { shard: "tagenal/-80", dataCenter: "hongkong" },
      }),
    );
    expect(joined).toMatchObject({
      ...{ by: "token", shard: "tagenal/-80", tablet: "hongkong-104" },
      says: "join-tablet tagenal/-80 hongkong: succeeded",
    });
    const failed = toHappening(operation({ state: "failed", problem: { detail: "no space" } }));
    expect(failed.says).toBe("no space");
  });
});
