/** Of an argument or option: a whole number, zero included. */
import { InvalidArgumentError } from "commander";

export const parseWholeNumber = (text: string): number => {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("It has to be a whole number.");
};
