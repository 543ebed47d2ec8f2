// A handler that answers a constant: what functions-framework itself costs.
import { http } from "@google-cloud/functions-framework";

const body = Buffer.from(JSON.stringify({ uid: 7, name: "x".repeat(300) }));

http("bare", (_request, response) => {
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", body.length);
  response.end(body);
});
