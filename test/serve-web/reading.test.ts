import { describe, expect, it } from "vitest";
import { age, listen, peek, renew, want } from "#functions/serve-web/web/answers.ts";
import {
  expectLess,
  expectMore,
  expectNothing,
  hasArrived,
  withExpected,
} from "#functions/serve-web/web/counts.ts";
import { toMinutes, toParagraphs } from "#functions/serve-web/web/format.ts";
import { shift } from "#functions/serve-web/web/periods.ts";
import {
  questionsOf,
  toArticles,
  toComments,
  toReaders,
  toUsers,
} from "#functions/serve-web/web/questions.ts";
import { createWatch } from "#functions/serve-web/web/watch.ts";

describe("the periods around a day", () => {
  it.each([
    { granularity: "daily", day: "2018-03-01", by: -1, found: "2018-02-28" },
    { granularity: "daily", day: "2016-02-28", by: 1, found: "2016-02-29" },
    { granularity: "weekly", day: "2018-01-03", by: -1, found: "2017-12-27" },
    { granularity: "monthly", day: "2018-01-31", by: 1, found: "2018-02-01" },
    { granularity: "monthly", day: "2018-01-15", by: -1, found: "2017-12-01" },
    { granularity: "daily", day: "1970-01-01", by: -1, found: undefined },
    { granularity: "weekly", day: "soon", by: 1, found: undefined },
  ] as const)("$granularity: $by from $day is $found", ({ granularity, day, by, found }) => {
    expect(shift(granularity, day, by)).toBe(found);
  });
});

describe("a text", () => {
  it("is parted at empty lines, and does not say its own title again", () => {
    expect(toParagraphs("A title\n\nOne\nline.\r\n \r\nTwo.\n\n\n", "A title")).toEqual([
      "One\nline.",
      "Two.",
    ]);
    expect(toParagraphs("One.\n\nA title", "A title")).toEqual(["One.", "A title"]);
    expect(toParagraphs("", "A title")).toEqual([]);
  });

  it.each([
    { text: "word ".repeat(660), language: "en", minutes: 3 },
    { text: "字".repeat(800), language: "zh", minutes: 2 },
    { text: "short", language: "en", minutes: 1 },
  ])("takes $minutes minutes in $language", ({ text, language, minutes }) => {
    expect(toMinutes(text, language)).toBe(minutes);
  });
});

describe("what pages ask", () => {
  const asked = (path: string) => Object.fromEntries(new URL(path, "http://site").searchParams);

  it("names the API's fields for those of the address", () => {
    expect(asked(toArticles({ category: "science", tag: "tags7" }))).toMatchObject({
      category: "science",
      articleTags: "tags7",
      sort: "-timestamp",
    });
    expect(asked(toUsers({ region: "Beijing", tag: "tags1", startsWith: "user1" }))).toMatchObject({
      region: "Beijing",
      preferTags: "tags1",
      "name[gte]": "user1",
      "name[lt]": "user1\uffff",
    });
    expect(asked(toUsers({}))).not.toHaveProperty("name[gte]");
    expect(asked(toReaders(3, "agreeOrNot", "c"))).toMatchObject({
      "read.agreeOrNot": "1",
      cursor: "c",
    });
    expect(toComments(3)).toMatch(/^\/v1\/reads\?aid=3&commentOrNot=1&/);
  });

  it("is known ahead for the pages that are read", () => {
    expect(questionsOf({ name: "article", aid: "a/b" })).toEqual(["/v1/articles/a%2Fb"]);
    expect(questionsOf({ name: "user", uid: "7" })).toHaveLength(2);
    expect(questionsOf({ name: "ranks", granularity: "weekly", date: "2018-05-01" })).toEqual([
      "/v1/ranks/weekly/2018-05-01",
    ]);
    expect(questionsOf({ name: "console" })).toEqual([]);
  });
});

describe("a visit", () => {
  it("is as long as the article was looked at", () => {
    let now = 0;
    const watch = createWatch(() => now);
    now = 4_000;
    watch.pause();
    now = 60_000;
    expect(watch.seconds()).toBe(4);
    watch.resume();
    watch.resume();
    now = 62_600;
    expect(watch.seconds()).toBe(7);
    watch.restart();
    now = 63_600;
    expect(watch.seconds()).toBe(1);
  });
});

describe("the answers of a tab", () => {
  /** A load whose answers come when they are let go. */
  const createSlow = () => {
    const asked: ((data: unknown) => void)[] = [];
    return { asked, load: () => new Promise((resolve) => asked.push(resolve)) };
  };

  it("are asked for once, however many want one, and not again while they are young", async () => {
    const { asked, load } = createSlow();
    const both = [want("/once", load), want("/once", load)];
    asked[0]?.("one");
    expect(await Promise.all(both)).toEqual(["one", "one"]);
    expect(await want("/once", load)).toBe("one");
    expect(asked).toHaveLength(1);
    age();
    const other = want("/once", load);
    asked[1]?.("two");
    expect(await other).toBe("two");
    expect(peek("/once")).toBe("two");
  });

  it("are the newest question's, whichever comes last", async () => {
    const { asked, load } = createSlow();
    let heard = 0;
    const leave = listen("/race", () => {
      heard += 1;
    });
    const old = want("/race", load);
    const young = renew("/race", load);
    asked[1]?.("new");
    expect(await young).toBe("new");
    asked[0]?.("old");
    await old;
    expect(peek("/race")).toBe("new");
    expect(heard).toBe(1);
    leave();
  });

  it("do not take a failure for one", async () => {
    const fail = async (): Promise<unknown> => {
      throw new Error("away");
    };
    await expect(want("/fails", fail)).rejects.toThrow("away");
    expect(await want("/fails", async () => "back")).toBe("back");
  });
});

describe("the counts of an article", () => {
  const counts = { readNum: 5, agreeNum: 1, commentNum: 0, shareNum: 0 };
  const read = { readOrNot: 1, agreeOrNot: 1, commentOrNot: 0, shareOrNot: 0 } as const;

  it("have what was just written, until it has arrived or failed", async () => {
    await renew("/v1/articles/7", async () => ({ aid: 7, beRead: counts }));
    expectMore(7, read);
    expectMore(7, { ...read, readOrNot: 0, agreeOrNot: 0, shareOrNot: 1 });
    const wanted = { readNum: 6, agreeNum: 2, commentNum: 0, shareNum: 1 };
    expect(withExpected(7, counts)).toEqual(wanted);
    expect(hasArrived(7, counts)).toBe(false);
    expectLess(7, read);
    expect(withExpected(7, counts)).toEqual({ ...counts, shareNum: 1 });
    // Somebody else reads meanwhile.
    expect(withExpected(7, { ...counts, readNum: 9 })).toMatchObject({ readNum: 9, shareNum: 1 });
    expect(hasArrived(7, { ...counts, shareNum: 1 })).toBe(true);
    expectNothing(7);
    expect(withExpected(7, counts)).toEqual(counts);
  });

  it("are left alone where nothing is known of them", () => {
    expectMore(8, read);
    expect(withExpected(8, counts)).toEqual(counts);
    expect(hasArrived(8, counts)).toBe(true);
  });
});
