import { describe, expect, it } from "vitest";
import { passedLoads, passLoads } from "#shared/passed-loads.ts";

/** As Vitess writes them down, for a shard among others and for a keyspace that has but one. */
const sources = [
  `keyspace:"tagenal"  shard:"80-"  filter:{rules:{match:"article_read"  filter:"select article_home as home, load_id from user_read where in_keyrange(article_home, 'tagenal.numeric', '-80')"}}`,
  `keyspace:"tagenal" shard:"-80" filter:{rules:{match:"be_read" filter:"select article_home as home, aid, sum(read_or_not) as read_num from user_read where in_keyrange(article_home, 'tagenal.numeric', '-80') group by home, aid"}}`,
  `keyspace:"tagenal" shard:"0" filter:{rules:{match:"article_read" filter:"select article_home as home, load_id from user_read"}}`,
  `keyspace:"tagenal" shard:"0" filter:{rules:{match:"be_read" filter:"select article_home as home, sum(read_or_not) as read_num from user_read group by home, aid"}}`,
];

describe.each(sources)("the source %s", (source) => {
  it("passes over no load as it is", () => {
    expect(passedLoads(source)).toEqual([]);
    expect(passLoads(source, [])).toBe(source);
  });

  it.each([[[7]], [[7, 12]], [[7, 12, 70]]])("passes over %j, and only these", (serials) => {
    const passing = passLoads(source, serials);
    expect(passedLoads(passing)).toEqual(serials);
    expect(passLoads(passing, serials)).toBe(passing);
    expect(passedLoads(passLoads(passing, [12]))).toEqual([12]);
    expect(passLoads(passing, [])).toBe(source);
    expect(passing).toMatch(/ from user_read where load_id != 7[ "]/);
  });
});

describe("a source of something else", () => {
  it("is not changed by mistake", () => {
    expect(() => passLoads("select 1 from user", [7])).toThrow(/not a derived stream/);
  });
});
