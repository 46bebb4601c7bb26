/**
 * The signer process, as what drives runs asks it: looked for when it is asked, because it may be started, unlocked or replaced while a worker goes
 * on; one connection for all who ask at once.
 */
import type { Signer } from "../../keystore/signer-port.ts";
import { MfmError } from "../../kernel/errors.ts";
import { failure } from "../failure.ts";

type Asked = Pick<Signer, "check" | "sign" | "signedNonces">;

interface Connection {
  readonly signer: Promise<Signer | undefined>;
  users: number;
}

/** A signer process takes 1024 questions at once from one connection. */
const usersAtMost = 512;

/** `connect`: undefined where none runs. What it answers throws SIGNER_NOT_RUNNING then, and what `connect` throws. */
export function shareSigner(connect: () => Promise<Signer | undefined>): Asked {
  let shared: Connection | undefined;
  const leave = (connection: Connection): void => {
    if (shared === connection) shared = undefined;
  };
  const ask = async <T>(question: (signer: Signer) => Promise<T>): Promise<T> => {
    if (shared === undefined || shared.users >= usersAtMost) shared = { signer: connect(), users: 0 };
    const connection = shared;
    connection.users++;
    try {
      const signer = await connection.signer;
      if (signer === undefined) throw failure("SIGNER_NOT_RUNNING", "no signer process runs on this machine");
      return await question(signer);
    } catch (error) {
      // Whoever asks next looks for the one that runs now.
      if (error instanceof MfmError && error.code === "SIGNER_NOT_RUNNING") leave(connection);
      throw error;
    } finally {
      connection.users--;
      if (connection.users === 0) {
        leave(connection);
        await connection.signer.then((signer) => signer?.close()).catch(() => undefined);
      }
    }
  };
  return {
    check: (intent) => ask((signer) => signer.check(intent)),
    sign: (intent) => ask((signer) => signer.sign(intent)),
    signedNonces: (range) => ask((signer) => signer.signedNonces(range)),
  };
}
