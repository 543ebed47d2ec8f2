/** What serve-media takes and answers. */
import { z } from "zod";
import { type Described, ifNoneMatch, pathParameter } from "#shared/api-description.ts";
import { mediaAnnouncement } from "#shared/media.ts";

const uploaded = { aid: z.int().min(0), name: z.string() };
const answer = z.discriminatedUnion("state", [
  z.strictObject({
    ...uploaded,
    state: z.literal("wanted"),
    url: z.url(),
    headers: z.record(z.string(), z.string()).describe("to be sent as they are: they are signed"),
  }),
  z.strictObject({ ...uploaded, state: z.literal("stored") }),
  z.strictObject({ ...uploaded, state: z.literal("other") }),
]);

const types = ["text/plain", "image/*", "video/*", "audio/*", "application/octet-stream"];
const tag = "media";

export const described: readonly Described[] = [
  {
    ...{ method: "GET", path: "/v1/media/:aid/:file", id: "getMedia", tag },
    summary: "A text, image or video of an article, whole or a range of it",
    parameters: [
      pathParameter("aid"),
      pathParameter("file", { type: "string", minLength: 1, maxLength: 255 }),
      ...[
        { name: "Range", description: "such as bytes=0-99" },
        { name: "If-Range", description: "the ETag that the range is of" },
      ].map(({ name, description }) => ({
        ...({ in: "header", name, description, schema: { type: "string" } } as const),
      })),
      ifNoneMatch,
    ],
    answers: {
      200: { description: "the file", types, headers: ["ETag", "Cache-Control", "Accept-Ranges"] },
      206: { description: "a range of it", types, headers: ["ETag", "Content-Range"] },
      304: { description: "the caller has it already", headers: ["Cache-Control"] },
    },
    problems: [400, 404, 416],
  },
  {
    ...{ method: "POST", path: "/v1/media", id: "announceMedia", tag, auth: "write" },
    summary: "Addresses to which texts, images and videos can be sent",
    description:
      "Each is good for one file, with the length, type and SHA-256 that were announced. " +
      "state tells whether it is wanted, stored already, or another content has its name.",
    body: { schema: mediaAnnouncement.meta({ id: "MediaAnnouncement" }) },
    answers: {
      200: {
        description: "one answer for each file",
        schema: z.strictObject({ files: z.array(answer), validSeconds: z.int() }),
      },
    },
    problems: [400],
  },
];
