/** What people may choose from, as far as the API does not list it. */
export const regions = ["Beijing", "Hong Kong"] as const;
export const categories = ["science", "technology"] as const;
export const granularities = ["daily", "weekly", "monthly"] as const;
export type Granularity = (typeof granularities)[number];
export const dataCenters = ["beijing", "hongkong"] as const;

/** As the users' data have them; an address may name others. */
export const languages = ["en", "zh"] as const;
export const genders = ["female", "male"] as const;
export const grades = ["grade1", "grade2", "grade3", "grade4"] as const;
export const roles = ["role0", "role1", "role2"] as const;

/** In the middle of the reads of the sample: asking for the newest read would scan all of them. */
export const DEFAULT_DAY = "2018-05-01";
export const PAGE_SIZE = 20;
