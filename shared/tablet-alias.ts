/** A tablet's name in Vitess, for example beijing-0000000101. */
export const toAlias = (cell: string, uid: number): string =>
  `${cell}-${String(uid).padStart(10, "0")}`;

export const fromAlias = (alias: string): { cell: string; uid: number } => {
  const at = alias.lastIndexOf("-");
  return { cell: alias.slice(0, at), uid: Number(alias.slice(at + 1)) };
};
