/**
 * Every text of the pages, so that another language is one more such object. Those of one area are
 * in its own file.
 */
import { apiTexts } from "./texts-api.ts";
import { consoleTexts } from "./texts-console.ts";
import { readingTexts } from "./texts-reading.ts";

export const texts = {
  language: "en",
  site: "Tagenal",
  skip: "Skip to the content",
  mainMenu: "Main",
  users: "Users",
  articles: "Articles",
  topFive: "Top five",
  console: "Console",
  all: "All",
  loading: "Loading …",
  tryAgain: "Try again",
  failed: "This could not be loaded",
  offline: "The system does not answer.",
  tooLate: "The system takes too long to answer.",
  slow: "This takes longer than usual …",
  mayNot: "You may not do this",
  notThere: "It is not here",
  goHome: "To the first page",
  notFound: "There is no such page",
  notFoundDetail: "The address may be mistyped, or what was here is gone.",
  nothingHere: "Nothing here",
  firstPage: "First page",
  nextPage: "Next page",
  pages: "Pages",
  none: "–",
  yes: "yes",
  no: "no",

  dataCenter: { beijing: "Beijing", hongkong: "Hong Kong" } as Readonly<Record<string, string>>,

  ...readingTexts,
  ...consoleTexts,
  ...apiTexts,
};
