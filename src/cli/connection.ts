import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ApiClient, type Connection } from "./api_client.ts";
import { CliFault, EXIT, usageFault } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";

/** What every command that asks the appliance understands. */
export type CommonOptions = { readonly api?: string; readonly data?: string; readonly json?: boolean };

const DEFAULT_API = "http://127.0.0.1:7880";
export const DEFAULT_DATA = "/var/lib/brigade";
const TOKEN_FILE = "admin-token";

export function withCommon(command: Command): Command {
  return command
    .option("--api <url>", `where the appliance answers (BRIGADE_API; default ${DEFAULT_API})`)
    .option(
      "--data <dir>",
      `data folder with the admin token, unless BRIGADE_TOKEN is set (default ${DEFAULT_DATA})`,
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

function readToken({ data }: CommonOptions, { env }: CliIo): Pick<Connection, "token" | "tokenSource"> {
  const said = env.BRIGADE_TOKEN?.trim();
  if (said) return { token: said, tokenSource: "BRIGADE_TOKEN" };
  const path = join(data ?? DEFAULT_DATA, TOKEN_FILE);
  try {
    return { token: readFileSync(path, "utf8").trim(), tokenSource: `"${path}"` };
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EACCES" ? "permission denied" : message;
    const advice = "run as root on the appliance, name its data folder with --data, or set BRIGADE_TOKEN";
    throw new CliFault(EXIT.unreachable, `Cannot read the admin token "${path}": ${why}; ${advice}`);
  }
}
