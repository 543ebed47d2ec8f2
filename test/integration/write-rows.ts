/** Rows to write, as the API takes them. */

export const newUser = (uid: number, region = "Beijing") => ({
  uid,
  id: `u${uid}`,
  timestamp: 1_410_000_000_000 + uid,
  name: `O'Neil 北京 😀 ${uid}`,
  gender: "male",
  email: `email${uid}`,
  phone: `phone${uid}`,
  dept: "dept1",
  grade: "grade1",
  language: "zh",
  region,
  role: "role1",
  preferTags: "tags1",
  obtainedCredits: uid % 99,
});

export const newArticle = (aid: number, category = "science") => ({
  aid,
  id: `a${aid}`,
  timestamp: 1_415_000_000_000 + aid,
  title: `title${aid}`,
  category,
  abstract: "abstract",
  articleTags: "tags1",
  authors: "author1",
  language: "en",
  text: "",
  image: "",
  video: "",
});

export const newRead = (uid: number, aid: number) => ({
  timestamp: 1_430_000_000_000,
  uid,
  aid,
  readTimeLength: 10,
  readSequence: 1,
  readOrNot: 1,
  agreeOrNot: 1,
  commentOrNot: 1,
  commentDetail: "O'Neil \\ says 😀",
  shareOrNot: 0,
});
