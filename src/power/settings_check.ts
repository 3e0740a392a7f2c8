/** Whether power settings can be used at all. Pure; the API asks before it stores them, `Power` before it runs something. */
import type { PowerSettings } from "#src/nodes/node.ts";

/** A name or an address; above all nothing that a program could take for an option. */
const HOST = /^[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}$/;
/** IPMI 2.0, sections 22.28 and 22.30: 16 bytes for a user name, 20 for a password. */
const MAX_USER_BYTES = 16;
const MAX_PASSWORD_BYTES = 20;

/** @returns what is wrong, to be read after "power: ", or `undefined` when nothing is. Never quotes the password. */
export function powerSettingsFault(settings: PowerSettings): string | undefined {
  if (settings.driver === "command") return commandFault(settings.command);
  const { address, port, user, password } = settings;
  if (!HOST.test(address)) return `BMC address ${JSON.stringify(address)} is neither an address nor a name`;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `BMC port ${port} is not from 1 to 65535`;
  if (!isPlain(user) || Buffer.byteLength(user) > MAX_USER_BYTES)
    return `BMC user is longer than ${MAX_USER_BYTES} bytes or holds control characters`;
  if (!isPlain(password) || Buffer.byteLength(password) > MAX_PASSWORD_BYTES)
    return `BMC password is longer than ${MAX_PASSWORD_BYTES} bytes or holds control characters`;
  return undefined;
}

function commandFault(command: readonly string[]): string | undefined {
  const [program = ""] = command;
  if (program === "" || program.startsWith("-")) return "the power command does not begin with a program";
  if (!command.every((word) => !word.includes("\0"))) return "the power command holds a NUL character";
  return undefined;
}

function isPlain(text: string): boolean {
  for (const char of text) if (char < " " || char === "\x7f") return false;
  return true;
}
