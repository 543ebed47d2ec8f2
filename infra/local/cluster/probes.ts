/** Cheap questions to a server: does it listen, does it say it is well. */
import { connect } from "node:net";

const timeout = 2_000;

/** Whether something accepts connections there. */
export const accepts = async (target: { port: number } | { path: string }): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ ...target, host: "127.0.0.1", timeout });
    const answer = (isOpen: boolean) => (): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket
      .once("connect", answer(true))
      .once("error", answer(false))
      .once("timeout", answer(false));
  });

/** Whether the address answers 200, and the text pleases. */
export const answers = async (
  port: number,
  path: string,
  isGood: (text: string) => boolean = () => true,
): Promise<boolean> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.timeout(timeout),
  });
  const text = await response.text();
  return response.ok && isGood(text);
};
