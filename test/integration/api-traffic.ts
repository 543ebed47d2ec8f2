/**
 * Somebody who writes and somebody who reads, both through the API and one request after the other;
 * they notice every error and the longest time without an answer.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestCluster } from "./cluster.ts";

export interface Traffic {
  readonly reads: number;
  readonly writes: number;
  readonly errors: readonly string[];
  /** The longest that a write took, in milliseconds. */
  readonly longestWriteMs: number;
  /** When that one began, in milliseconds since 1970. */
  readonly longestWriteAt: number;
  readonly longestReadMs: number;
}

/** Timestamps of what is written begin here: nothing of the sample is so new. */
export const TRAFFIC_SINCE = 1_600_000_000_000;

let written = 0;

const PAUSE_MS = 10;
/** Of the sample: users of both regions, articles of both categories. */
const USERS = 60;
const ARTICLES = 60;

export const startApiTraffic = ({ url, token }: Pick<TestCluster, "url" | "token">) => {
  const seen = {
    ...{ reads: 0, writes: 0, errors: [] as string[] },
    ...{ longestWriteMs: 0, longestWriteAt: 0, longestReadMs: 0 },
  };
  let isOver = false;
  const note = (longest: "longestWriteMs" | "longestReadMs", took: number): void => {
    if (took <= seen[longest]) return;
    seen[longest] = took;
    if (longest === "longestWriteMs") seen.longestWriteAt = Math.round(Date.now() - took);
  };
  const repeat = async (
    longest: "longestWriteMs" | "longestReadMs",
    work: (turn: number) => Promise<Response>,
  ): Promise<void> => {
    for (let turn = 1; !isOver; turn += 1) {
      const start = performance.now();
      try {
        const response = await work(turn);
        const text = await response.text();
        if (!response.ok) seen.errors.push(`${response.status} ${text.slice(0, 200)}`);
        else if (longest === "longestReadMs") seen.reads += 1;
        else seen.writes += 1;
      } catch (error) {
        seen.errors.push(String(error));
      }
      // The first one also waits for a function to start.
      if (turn > 1) note(longest, performance.now() - start);
      await sleep(PAUSE_MS);
    }
  };
  const writer = repeat("longestWriteMs", (turn) => {
    // Told apart by their time, also from those of an earlier traffic.
    written += 1;
    return fetch(`${url}/v1/reads`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        "idempotency-key": randomUUID(),
      },
      body: JSON.stringify({
        ...{ timestamp: TRAFFIC_SINCE + written, uid: 1 + (turn % USERS) },
        ...{ aid: 1 + ((turn * 7) % ARTICLES), readTimeLength: 10, readSequence: 1 },
        ...{ readOrNot: 1, agreeOrNot: turn % 2, commentOrNot: 0, shareOrNot: 0 },
      }),
    });
  });
  const reader = repeat("longestReadMs", (turn) =>
    fetch(
      turn % 2 === 0
        ? `${url}/v1/users/${1 + (turn % USERS)}/reads?limit=3`
        : `${url}/v1/articles/${1 + (turn % ARTICLES)}`,
    ),
  );
  return {
    seen: seen as Traffic,
    stop: async (): Promise<Traffic> => {
      isOver = true;
      await Promise.all([writer, reader]);
      return seen;
    },
  };
};
