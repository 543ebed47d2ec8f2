/** The texts of the page that shows the API. */

export const apiTexts = {
  api: {
    title: "API",
    document: "The same as an OpenAPI 3.1 document",
    needsToken: "Needs the token: Authorization: Bearer …",
    parameters: "Parameters",
    body: "Body",
    answers: "Answers",
    required: "has to be given",
    address: "Address",
    ask: "Ask",
    ownOnly: "Only addresses of this site can be tried here.",
  },
};
