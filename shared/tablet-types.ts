/** What a tablet is for, as Vitess names and numbers it. */
const numbers = {
  PRIMARY: 1,
  REPLICA: 2,
  RDONLY: 3,
  SPARE: 4,
  EXPERIMENTAL: 5,
  BACKUP: 6,
  RESTORE: 7,
  DRAINED: 8,
} as const;

type Known = keyof typeof numbers;
export type TabletType = Known | "UNKNOWN";

export const toTypeNumber = (type: Known): number => numbers[type];

export const toTabletType = (number: number): TabletType =>
  (Object.keys(numbers) as Known[]).find((type) => numbers[type] === number) ?? "UNKNOWN";
