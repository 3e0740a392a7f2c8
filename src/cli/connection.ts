import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ApiClient, type Connection } from "./api_client.ts";
import { CliFault, EXIT, usageFault } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";

/** What every command that asks the appliance understands. */
export type CommonOptions = {
  readonly api?: string;
  readonly data?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
};

const DEFAULT_API = "http://127.0.0.1:7880";
export const DEFAULT_DATA = "/var/lib/brigade";
const TOKEN_FILE = "admin-token";

export function withCommon(command: Command): Command {
  return command
    .option("--api <url>", `where the appliance answers (BRIGADE_API; default ${DEFAULT_API})`)
    .option(
      "--token-file <file>",
      "file with the token to show (BRIGADE_TOKEN_FILE, or BRIGADE_TOKEN itself)",
    )
    .option(
      "--data <dir>",
      `data folder, whose admin token is shown when no other is named (default ${DEFAULT_DATA})`,
    )
    .option("--json", "print JSON");
}

/** @throws {CliFault} no token can be found, or the URL is none */
export function clientFor(options: CommonOptions, io: CliIo): ApiClient {
  return new ApiClient({
    url: readUrl(options.api ?? io.env.BRIGADE_API ?? DEFAULT_API),
    ...readToken(options, io),
  });
}

/** `ADDRESS:PORT` is enough. */
function readUrl(text: string): URL {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw usageFault(`Cannot use API URL "${text}": wants one like ${DEFAULT_API}`);
}

/** What was said beats what is set, and what is set beats what lies in the data folder. */
function readToken(
  { data, tokenFile }: CommonOptions,
  { env }: CliIo,
): Pick<Connection, "token" | "tokenSource"> {
  if (tokenFile !== undefined) return tokenIn(tokenFile);
  const said = env.BRIGADE_TOKEN?.trim();
  if (said) return { token: said, tokenSource: "BRIGADE_TOKEN" };
  return tokenIn(env.BRIGADE_TOKEN_FILE || join(data ?? DEFAULT_DATA, TOKEN_FILE));
}

function tokenIn(path: string): Pick<Connection, "token" | "tokenSource"> {
  const token = readTokenFile(path);
  if (/^[!-~]{1,200}$/.test(token)) return { token, tokenSource: `"${path}"` };
  throw new CliFault(EXIT.unreachable, `Cannot use the token in "${path}": wants one line without blanks`);
}

function readTokenFile(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EACCES" ? "permission denied" : message;
    const advice =
      "name the file of your token with --token-file, or run as root on the appliance, with --data for another data folder";
    throw new CliFault(EXIT.unreachable, `Cannot read the token "${path}": ${why}; ${advice}`);
  }
}
