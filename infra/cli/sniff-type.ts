/** What a media file is, by its bytes and never by its name. */
import { isUtf8 } from "node:buffer";
import { fileTypeFromBuffer } from "file-type";
import { isMediaType, OTHER_TYPE } from "#shared/media.ts";

/** `isWhole`: these are all of its bytes, not only the first. */
export const sniffType = async (bytes: Buffer, isWhole: boolean): Promise<string> => {
  const found = await fileTypeFromBuffer(bytes);
  if (found !== undefined) return isMediaType(found.mime) ? found.mime : OTHER_TYPE;
  return isWhole && isUtf8(bytes) && !bytes.includes(0) ? "text/plain; charset=utf-8" : OTHER_TYPE;
};
