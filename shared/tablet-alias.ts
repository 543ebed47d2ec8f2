/** A tablet's name in Vitess, for example beijing-0000000101. */
export const toAlias = (cell: string, uid: number): string =>
  `${cell}-${String(uid).padStart(10, "0")}`;
